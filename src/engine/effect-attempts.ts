import type { Effect, EffectCall } from '../connectors/effect.ts'
import { type Answer, found, notFound } from '../connectors/outcome.ts'
import { aboutOf } from './about-of.ts'
import { attempt, type Tried, writeMarginMs } from './attempts.ts'
import type { EffectAttempt, Journal } from './journal.ts'
import type { ProcessMemory } from './process-memory.ts'

/** When something was intended, and by which process and attempt of the run. */
export interface Intent {
  process: string
  attempt: string
  /** ISO 8601. */
  at: string
  /** The same in milliseconds, on that process's clock that nobody can set. */
  clock?: number
}

/**
 * How long after it was last sure to be the run's present attempt one may begin a look and the write after it, in
 * milliseconds. Longer than a cluster under load takes to record what it is told.
 */
const presentForMs = 5000

/** Recorded, which takes the engine's word that the attempt is the present one; where it is not, it ends here. */
const late = {
  kind: 'again',
  code: 'effect.late',
  reason: 'the engine was slow to record the step before, so that another attempt may be under way',
  waitMs: 0,
} as const

/** An effect that is to be made, with all that making it needs. */
export interface Making<Input, Result> {
  /** `jira.comment`. */
  name: string
  effect: Effect<Input, Result>
  input: Input
  marker: string
  /** When the event happened, ISO 8601: no generation of the run can have made anything before. */
  eventAt: string
  journal: Journal
  memory: ProcessMemory
  /** Written down when it had been waited for what earlier attempts may have begun: since then, only what came after counts. */
  waitedOut?: Intent
}

interface Doubtful<Input, Result> extends Making<Input, Result> {
  /** Whether an earlier attempt may have made it. An interruption since the intent is a doubt in any case. */
  isInDoubt: boolean
}

/** What is told and recorded of each attempt at an effect. */
export function effectAttempt<Input, Result>({ marker, effect, input }: Making<Input, Result>): EffectAttempt {
  return { marker, once: effect.once, ...aboutOf(() => effect.about?.(input)) }
}

/** One attempt at an effect that one read finds, or that needs no finding. */
export async function lookAndMake<Input, Result>(
  making: Doubtful<Input, Result>,
  intent: Intent,
): Promise<Tried<Result>> {
  const recalled = making.memory.recall<Result>(making.marker)
  if (recalled !== undefined) return foundAgain(await recalled)
  const isDoubtful = making.isInDoubt || wasInterrupted(making, intent)
  if (!isDoubtful || making.effect.find === undefined) return make(making, intent)
  const looked = await look(making, intent)
  if (looked.kind === 'again') return stillInDoubt(looked)
  if (looked.kind !== 'done') return looked
  if (looked.value.kind === 'found') return { kind: 'done', value: looked.value.value, effect: 'found' }
  const waitMs = underWayMs(making, intent)
  if (waitMs > 0)
    return stillInDoubt({ code: 'effect.under_way', reason: 'an earlier attempt may still be under way', waitMs })
  return make(making, intent)
}

/** Nothing was learned, so what may have been made before still may. */
function stillInDoubt<Result>({
  code,
  reason,
  waitMs,
}: {
  code: string
  reason: string
  waitMs?: number
}): Tried<Result> {
  return { kind: 'unsure', code, reason, answered: false, underWayMs: 0, ...(waitMs === undefined ? {} : { waitMs }) }
}

/** One attempt at an effect whose search lags: where there is doubt, it makes nothing and says so. */
export async function makeUnlessInDoubt<Input, Result>(
  making: Doubtful<Input, Result>,
  intent: Intent,
): Promise<Tried<Result>> {
  const recalled = making.memory.recall<Result>(making.marker)
  if (recalled !== undefined) return foundAgain(await recalled)
  if (making.isInDoubt) return inDoubt('an earlier attempt may have made it', { answered: true })
  if (wasInterrupted(making, intent)) return inDoubt('interrupted before its answer was recorded', { answered: false })
  return make(making, intent)

  function inDoubt(reason: string, { answered }: { answered: boolean }): Tried<Result> {
    return {
      kind: 'unsure',
      code: 'effect.interrupted',
      reason,
      answered,
      underWayMs: underWayMs(making, intent),
    }
  }
}

/** Asks once whether the effect is there. */
export async function look<Input, Result>(
  making: Making<Input, Result>,
  intent: Intent,
): Promise<Tried<Answer<Result>>> {
  const { effect, input, memory, marker } = making
  const recalled = await memory.recall<Result>(marker)
  if (recalled?.kind === 'done') return { kind: 'done', value: found(recalled.value), effect: 'found' }
  const tried = await attempt(
    async (signal) => (await effect.find?.(input, effectCall(making, { intent, signal }))) ?? notFound(),
    { timeoutMs: lookTimeoutOf(effect), isWrite: false, insists: true },
  )
  return tried.kind === 'done' && tried.value.kind === 'found' ? { ...tried, effect: 'found' } : tried
}

/** What another attempt has made is not made by this one. */
function foundAgain<Result>(tried: Tried<Result>): Tried<Result> {
  return tried.kind === 'done' ? { ...tried, effect: 'found' } : tried
}

function make<Input, Result>(making: Making<Input, Result>, intent: Intent): Promise<Tried<Result>> {
  const { effect, memory, marker, input, journal } = making
  if (memory.isShared && journal.sincePresentMs() > beginsWithinMs(effect)) return Promise.resolve(late)
  return memory.write(marker, async () => {
    const tried = await attempt((signal) => effect.make(input, effectCall(making, { intent, signal })), {
      timeoutMs: timeoutOf(effect),
      isWrite: true,
      insists: true,
    })
    return tried.kind === 'done' ? { ...tried, effect: 'made' } : tried
  })
}

function effectCall<Input, Result>(
  { marker, journal, eventAt }: Making<Input, Result>,
  { intent, signal }: { intent: Intent; signal: AbortSignal },
): EffectCall {
  return { marker, signal, intendedAt: journal.generation === 0 ? intent.at : eventAt }
}

function wasInterrupted<Input, Result>({ journal }: Making<Input, Result>, intent: Intent): boolean {
  return intent.attempt !== journal.attempt
}

/** How long a write that an earlier attempt began may still be under way, in milliseconds. */
function underWayMs<Input, Result>(making: Making<Input, Result>, intent: Intent): number {
  const { effect, memory, marker, journal, waitedOut } = making
  const here = memory.underWayMs(marker)
  if (waitedOut?.attempt === journal.attempt) return here
  if (journal.generation === 0 && memory.isOwn(intent, journal.attempt)) return here
  const beginsMs = memory.isShared ? beginsWithinMs(effect) : 0
  const writesForMs = beginsMs + timeoutOf(effect) + writeMarginMs
  return Math.max(here, Math.ceil(writesForMs - memory.sinceOthersBeganMs(journal.beganAt)))
}

/**
 * How long after it was last sure to be the run's present attempt one may begin a write, in milliseconds. The write may
 * come after a look.
 */
function beginsWithinMs<Input, Result>(effect: Effect<Input, Result>): number {
  return presentForMs + (effect.finding === 'lagging' ? 0 : lookTimeoutOf(effect))
}

function timeoutOf<Input, Result>(effect: Effect<Input, Result>): number {
  return Math.min(effect.timeoutMs ?? 20_000, 50_000)
}

/** A look and the write after it are one step, and a step ends within a minute. */
function lookTimeoutOf<Input, Result>(effect: Effect<Input, Result>): number {
  return Math.min(timeoutOf(effect), 58_000 - timeoutOf(effect))
}
