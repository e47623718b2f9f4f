/** The three spellings of an HTTP date; the last one has no zone and means UTC (RFC 9110 §5.6.7). */
const httpDate =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d) \d\d:\d\d:\d\d GMT$|^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/

/**
 * When to try again, from a `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined where the
 * header is missing or says neither; a time in the past is now.
 */
export function retryAfter(header: string | null | undefined, now: Date): Date | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d{1,9}$/.test(text)) return new Date(now.getTime() + Number(text) * 1000)
  // Date.parse alone takes "-5" and "1.5" for dates of the year 2001.
  if (!httpDate.test(text)) return undefined
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : new Date(Math.max(date, now.getTime()))
}
