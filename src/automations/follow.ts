import { type Duration, durationMs } from '../connectors/duration.ts'
import type { Outcome } from '../connectors/outcome.ts'
import type { RunTools } from './run-context.ts'

export interface FollowOptions<T> {
  /** The run's own. */
  sleep: RunTools<unknown>['sleep']
  /** The look-up that tells how far it is: `() => jenkins.build({ job, queueItem })`. */
  ask(): Promise<Outcome<T>>
  /** Whether what was found is the end of it. */
  isOver(state: T): boolean
  /** How long it may take: `6h`. */
  within: Duration
}

/**
 * How the following ended:
 * - `over`: it came to its end;
 * - `gone`: it was there, and two look-ups in a row did not find it any more;
 * - `not_over`: the time is up. It may still come to its end, and `last` is what the last look-up said, or undefined
 *   where none had an outcome.
 */
export type Followed<T> =
  | { kind: 'over'; state: T }
  | { kind: 'gone'; last: T }
  | { kind: 'not_over'; last: Outcome<T> | undefined }

const firstWaitMs = 5000
const growth = 1.5
/** At most so many waits of full length, so that the run's record stays small. */
const longWaits = 200
const longWaitMs = 120_000

/**
 * Follows what was started elsewhere to its end, also over restarts: asks a look-up, waits, and asks again. An outcome
 * that is no answer, `failed` or `rate_limited`, is waited out, and so is `not_found` before the first `found`.
 *
 * The waits grow from 5 seconds to 2 minutes, or to a 200th of `within` where that is longer: an hour is some 35
 * look-ups, and a week 210. The end is told at most one wait and one look-up late.
 *
 * ```ts
 * const followed = await follow({ sleep, ask: () => jenkins.build(started), isOver, within: '6h' })
 * ```
 *
 * @throws ConfigError where `within` is no duration.
 */
export async function follow<T>({ sleep, ask, isOver, within }: FollowOptions<T>): Promise<Followed<T>> {
  const withinMs = durationMs(within)
  const longestWaitMs = Math.max(longWaitMs, withinMs / longWaits)
  let isLate = false
  let last: Outcome<T> | undefined
  let lastSeen: { state: T; misses: number } | undefined

  return Promise.race([following(), late()])

  async function following(): Promise<Followed<T>> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * growth, longestWaitMs)) {
      last = await ask()
      if (last.kind === 'found') {
        if (isOver(last.value)) return { kind: 'over', state: last.value }
        lastSeen = { state: last.value, misses: 0 }
      } else if (last.kind === 'not_found' && lastSeen !== undefined) {
        lastSeen.misses += 1
        // A look-up can come upon it between two places, such as a queue and the list of what runs.
        if (lastSeen.misses > 1) return { kind: 'gone', last: lastSeen.state }
      }
      await sleep(waitMs)
      if (isLate) return { kind: 'not_over', last }
    }
  }

  /** One wait for all of it, so that no clock has to be recorded at each look-up. */
  async function late(): Promise<Followed<T>> {
    await sleep(withinMs)
    isLate = true
    return { kind: 'not_over', last }
  }
}
