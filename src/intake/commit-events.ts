import type { AdderEvent } from '../automations/event.ts'
import type { DeliveredEvent } from './delivery.ts'

/**
 * Commits one event for good and starts its runs, unless it is suppressed or was committed before. Resolves when the
 * event would survive a crash; rejects where that can't be said.
 */
export type Commit = (event: AdderEvent) => Promise<{ state: 'accepted' | 'duplicate' | 'suppressed' }>

export interface CommitOptions {
  commit: Commit
  /** Events from before this time are stale: they are not committed. */
  staleBefore: Date
}

export interface Committed {
  events: readonly DeliveredEvent[]
  /** Why events could not be committed, one for each; the others are in. */
  failures: readonly unknown[]
}

/** How many events of one delivery are on their way to the engine at once. */
const atOnce = 32

/** Commits the events of a delivery. Tries each of them, also where another can't be committed. */
export async function commitEvents(events: readonly AdderEvent[], options: CommitOptions): Promise<Committed> {
  const settled: PromiseSettledResult<DeliveredEvent>[] = []
  for (let first = 0; first < events.length; first += atOnce) {
    const batch = events.slice(first, first + atOnce).map((event) => commitEvent(event, options))
    settled.push(...(await Promise.allSettled(batch)))
  }
  return {
    events: settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    failures: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])),
  }
}

async function commitEvent(event: AdderEvent, { commit, staleBefore }: CommitOptions): Promise<DeliveredEvent> {
  const { kind, id, at } = event
  if (Date.parse(at) < staleBefore.getTime()) return { kind, id, state: 'stale' }
  const { state } = await commit(event)
  return { kind, id, state }
}
