/** Years 2001 to 2286: what has ten digits and is an epoch in seconds. */
const epochSeconds = /^(\d{10})(?:\.(\d{1,9}))?$/

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/

/** `scheduler__admin__search__RMD5e1f2a3b4c5d6e7f8_at_1427942640_178` for a saved search, `1427942640.178` otherwise. */
const firedAt = /(?:^scheduler__.*_at_(\d{10})_\d)|(?:^(\d{10})\.\d+)/

/**
 * A `_time` as milliseconds since 1970; undefined where it is no time. The webhook sends epoch seconds, the search API
 * ISO 8601 with milliseconds, so digits beyond the milliseconds are cut off.
 */
export function epochMs(time: string): number | undefined {
  const [, seconds, fraction = ''] = epochSeconds.exec(time) ?? []
  // By digits: as a floating-point number, 1427942640.123999999 seconds would be 124 milliseconds.
  if (seconds !== undefined) return Number(seconds + fraction.padEnd(3, '0').slice(0, 3))
  if (!isoTime.test(time)) return undefined
  const parsed = Date.parse(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(parsed) ? undefined : parsed
}

/**
 * When an alert fired: the later of its row's `_time` and of the time in its search job's id. A log line that arrived
 * or was searched late is a new alert all the same. The id of a real-time search tells only when that search was
 * started, perhaps months ago, so there it is `_time` alone. Undefined where neither tells.
 */
export function alertTime({ sid, time }: { sid: string; time: string }): Date | undefined {
  const [, scheduled, adHoc] = firedAt.exec(sid) ?? []
  const ofJob = epochMs(scheduled ?? adHoc ?? '')
  const ofRow = epochMs(time)
  if (ofJob === undefined && ofRow === undefined) return undefined
  return new Date(Math.max(ofJob ?? 0, ofRow ?? 0))
}
