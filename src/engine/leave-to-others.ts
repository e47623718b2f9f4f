/** How long a run is left to others, in milliseconds: within it, a rolling restart has brought its automation to all. */
const leftForMs = 10 * 60_000

const maxRemembered = 10_000

/** When a run was first left to others, by its id. */
const leftSince = new Map<string, number>()

/**
 * Leaves a run to other processes, which may have newer or older code: for a while its automation may be missing here
 * only. Returns after that, because then it is missing everywhere.
 *
 * @throws Error that has the engine try the run again, with another process where it can.
 */
export function leaveToOthers(run: string, automation: string): void {
  const since = leftSince.get(run) ?? Date.now()
  leftSince.set(run, since)
  const oldest = leftSince.keys().next().value
  if (leftSince.size > maxRemembered && oldest !== undefined) leftSince.delete(oldest)
  if (Date.now() - since < leftForMs) throw new Error(`There is no automation "${automation}" in this process`)
}
