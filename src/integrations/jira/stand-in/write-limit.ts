/** Jira's limits for writes to one issue. https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
const limits = [
  { writes: 20, withinMs: 2_000 },
  { writes: 100, withinMs: 30_000 },
]

const longestMs = 30_000

/**
 * Counts writes by issue. Returns undefined where one more is allowed (and counts it), or else the milliseconds until
 * the next is.
 */
export function writeLimit(now: () => number): (issueId: string) => number | undefined {
  const writes = new Map<string, number[]>()

  return (issueId) => {
    const at = now()
    const recent = (writes.get(issueId) ?? []).filter((time) => time > at - longestMs)
    const waits = limits.map((limit) => {
      const oldest = recent.at(-limit.writes)
      return oldest === undefined ? 0 : oldest + limit.withinMs - at
    })
    const waitMs = Math.max(...waits)
    writes.set(issueId, waitMs > 0 ? recent : [...recent, at])
    return waitMs > 0 ? waitMs : undefined
  }
}
