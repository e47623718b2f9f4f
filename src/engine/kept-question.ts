import type { FreshMs } from '../connectors/fresh-for.ts'
import type { Answer } from '../connectors/outcome.ts'
import type { Tried } from './attempts.ts'
import type { Asking, Question } from './question.ts'

/** What is kept of a question. Times in milliseconds since 1970. */
export interface Kept {
  question: Question
  answer?: { value: Answer<unknown>; at: number }
  /** Why the last attempt came to nothing; before `until` nobody makes another. */
  trouble?: { tried: Tried<never>; until: number }
  /** Attempts since the last answer. */
  attempts: number
  /** Its place in the queue of the quota, and when it was last expected to be reached. */
  queued?: { place: number; at: number }
  /** Of whoever takes the oldest answers. */
  freshMs: FreshMs
  /** When the engine comes to forget all this, where nobody needs it longer. */
  expiresAt?: number
}

/** An answer for somebody else is said to be old after this, in milliseconds. */
const recentMs = 60_000
/** So long at least an answer is kept for those who wait for it, in milliseconds. */
const handedOutWithinMs = 10 * 60_000
/** So long a question keeps its place after its turn was expected, in milliseconds: the turn may move. */
export const queuedForMs = 25 * 60 * 60_000

/** What can be told without asking; undefined where nothing can. */
export function knownOf(
  { answer, trouble }: Kept,
  { freshMs, since }: Asking,
  now: number,
): Tried<Answer<unknown>> | undefined {
  if (answer !== undefined) {
    const ageMs = now - answer.at
    const isFor = since !== undefined && answer.at >= since
    const isFresh = ageMs < (answer.value.kind === 'found' ? freshMs.found : freshMs.notFound)
    const askedAt = ageMs > recentMs ? { askedAt: new Date(answer.at).toISOString() } : {}
    if (isFor || isFresh) return { kind: 'done', value: { ...answer.value, ...askedAt } }
  }
  if (trouble === undefined || trouble.until <= now) return undefined
  const { tried, until } = trouble
  return tried.kind === 'again' ? { ...tried, waitMs: until - now } : tried
}

/** When all that is kept may be forgotten, in milliseconds since 1970. */
export function neededUntil({ answer, trouble, queued, freshMs }: Kept): number {
  const kind = answer?.value.kind === 'found' ? 'found' : 'notFound'
  return Math.max(
    answer === undefined ? 0 : answer.at + Math.max(freshMs[kind], handedOutWithinMs),
    trouble === undefined ? 0 : trouble.until + handedOutWithinMs,
    queued === undefined ? 0 : queued.at + queuedForMs,
  )
}

export function longer(one: FreshMs = { found: 0, notFound: 0 }, other: FreshMs): FreshMs {
  return { found: Math.max(one.found, other.found), notFound: Math.max(one.notFound, other.notFound) }
}
