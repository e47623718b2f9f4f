/**
 * When to try again, from a `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined where the
 * header is missing or says neither; a time in the past is now.
 */
export function retryAfter(header: string | null | undefined, now: Date): Date | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d{1,9}$/.test(text)) return new Date(now.getTime() + Number(text) * 1000)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : new Date(Math.max(date, now.getTime()))
}
