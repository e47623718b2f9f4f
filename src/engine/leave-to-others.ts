import { LRUCache } from 'lru-cache'

/** How long something is left to others, in milliseconds: within it, a rolling restart has brought it to all. */
const leftForMs = 10 * 60_000

/** When an invocation was first left to others, by its id; on the clock that nobody can set. */
const leftSince = new LRUCache<string, number>({ max: 10_000 })

/**
 * Leaves an invocation to other processes, which may have newer or older code: for a while what it needs may be missing
 * here only. Returns after that, because then it is missing everywhere.
 *
 * @param missing what this process lacks: `automation mock-scan`.
 * @throws Error that has the engine try it again, with another process where it can.
 */
export function leaveToOthers(invocation: string, missing: string): void {
  const since = leftSince.get(invocation) ?? performance.now()
  leftSince.set(invocation, since)
  if (performance.now() - since < leftForMs) throw new Error(`There is no ${missing} in this process`)
}
