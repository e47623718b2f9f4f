const ticksPerMs = 10_000n
/** From 1601-01-01 to 1970-01-01. */
const epochOffsetMs = 11_644_473_600_000n
const neverTicks = 9_223_372_036_854_775_807n
const maxDateMs = 8_640_000_000_000_000n

/**
 * An Active Directory time (100 ns since 1601) as ISO 8601. `never` for 0 and for the largest value, which is how
 * `accountExpires` and others say it; undefined where it is no such time.
 *
 * https://learn.microsoft.com/windows/win32/adschema/a-accountexpires
 */
export function timeOfTicks(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return undefined
  const ticks = BigInt(text)
  if (ticks === 0n || ticks === neverTicks) return 'never'
  const ms = ticks / ticksPerMs - epochOffsetMs
  return ms > maxDateMs ? undefined : new Date(Number(ms)).toISOString()
}

/** A generalized time (RFC 4517 §3.3.13) with seconds and in UTC, `20240229083000.0Z`, as ISO 8601. */
export function timeOfGeneralized(text: string | undefined): string | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z$/.exec(text ?? '')
  if (parts === null) return undefined
  const [, year, month, day, hours, minutes, seconds] = parts
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
