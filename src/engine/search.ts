import { effectAttempt, type Intent, look, type Making } from './effect-attempts.ts'
import { Patience } from './patience.ts'

export type Searched<Result> =
  | { kind: 'done'; value: Result }
  | { kind: 'not_found' }
  | { kind: 'refused' | 'given up'; code: string; reason: string }

export interface SearchOptions {
  intent: Intent
  /** How long "not there" has to be heard before it is believed, in milliseconds. */
  forMs: number
  /** How long a search that fails is repeated, in milliseconds. */
  patienceMs: number
}

/**
 * Looks for what an effect may have made until it is there, or has had the time to appear. Time in which the search
 * itself failed does not count: it shows nothing.
 */
export async function search<Input, Result>(
  making: Making<Input, Result>,
  { intent, forMs, patienceMs }: SearchOptions,
): Promise<Searched<Result>> {
  const { journal } = making
  const name = `${making.name} (find)`
  const answered = new Patience(Number.POSITIVE_INFINITY, () => journal.random())
  const failed = new Patience(patienceMs, () => journal.random())
  let searchedMs = 0
  for (;;) {
    const tried = await journal.try(name, () => look(making, intent), effectAttempt(making))
    if (tried.kind === 'refused') return tried
    if (tried.kind === 'done') {
      if (tried.value.kind === 'found') return { kind: 'done', value: tried.value.value }
      if (searchedMs >= forMs) return { kind: 'not_found' }
      const waitMs = Math.min(answered.nextWaitMs() ?? forMs, forMs - searchedMs)
      searchedMs += waitMs
      await journal.sleep(waitMs)
    } else {
      const waitMs = failed.nextWaitMs(tried.waitMs)
      if (waitMs === undefined) return { kind: 'given up', code: tried.code, reason: tried.reason }
      await journal.sleep(waitMs)
    }
  }
}
