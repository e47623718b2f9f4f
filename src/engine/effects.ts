import type { Effect } from '../connectors/effect.ts'
import { type Answer, found, notFound } from '../connectors/outcome.ts'
import { attempt, backOff, type Tried } from './attempts.ts'
import { StepRefused } from './engine-errors.ts'
import type { Journal } from './journal.ts'
import type { ProcessMemory } from './process-memory.ts'

/** How long an answer may be on its way after the effect's own time-out, in milliseconds. */
const marginMs = 1000

export interface EffectPolicy {
  /** How long a search that lags is repeated before "not there" is believed, in milliseconds. */
  searchForMs: number
  /** What happens when an effect got no answer and is not found within that time. */
  whenUnknown: 'wait for a person' | 'make again'
  /** How long an effect is tried before it waits for a person, in milliseconds. */
  patienceMs: number
}

export interface EffectRequest<Input, Result> {
  /** `jira.comment`. */
  name: string
  effect: Effect<Input, Result>
  input: Input
  marker: string
}

/** When and by which attempt of the run something was intended. */
export interface Intent {
  process: string
  attempt: string
  at: string
}

interface Making<Input, Result> extends EffectRequest<Input, Result> {
  journal: Journal
  memory: ProcessMemory
  policy: EffectPolicy
}

/**
 * Makes an effect once, whatever happens to this process, to the engine and to the answer.
 *
 * @returns what the effect made, or what an earlier attempt of it had made.
 * @throws StepRefused when the outside system said no and trying again can't change that.
 */
export async function makeOnce<Input, Result>(making: Making<Input, Result>): Promise<Result> {
  for (;;) {
    const end = await series(making)
    if (end.kind === 'done') return end.value
    if (end.kind === 'refused') throw new StepRefused(making.name, end)
    await making.journal.waitForPerson(making.name, end)
  }
}

type SeriesEnd<Result> =
  | Extract<Tried<Result>, { kind: 'done' | 'refused' }>
  | { kind: 'given up'; code: string; reason: string }

/** Attempts until one succeeds, one is refused, or the patience is used up. */
async function series<Input, Result>(making: Making<Input, Result>): Promise<SeriesEnd<Result>> {
  const { journal, effect, name, policy } = making
  const isLagging = effect.find !== undefined && effect.finding === 'lagging'
  if (isLagging && journal.generation > 0) {
    const earlier = await searchLagging(making)
    if (earlier.kind === 'found') return { kind: 'done', value: earlier.value }
  }
  let intent = await intend(making, isLagging)
  let waitedMs = 0
  for (let attempts = 1; ; attempts += 1) {
    const tried = await journal.try(name, () =>
      isLagging ? makeWithIntent(making, intent) : lookAndMake(making, intent, attempts),
    )
    if (tried.kind === 'done' || tried.kind === 'refused') return tried
    if (tried.kind === 'unsure' && isLagging) {
      await journal.sleep(tried.waitMs ?? marginMs)
      const earlier = await searchLagging(making, intent)
      if (earlier.kind === 'found') return { kind: 'done', value: earlier.value }
      // An answer that says "failed" and a search that finds nothing agree. No answer at all agrees with nothing.
      if (!tried.answered && policy.whenUnknown === 'wait for a person') {
        return {
          kind: 'given up',
          code: 'effect.unknown',
          reason: `${tried.reason}; not found within ${policy.searchForMs / 1000} s, so whether it was made is unknown`,
        }
      }
      intent = await intend(making, isLagging)
    }
    if (waitedMs >= policy.patienceMs) return { kind: 'given up', code: tried.code, reason: tried.reason }
    const waitMs = backOff(attempts, { random: journal.random(), askedMs: tried.waitMs })
    waitedMs += waitMs
    await journal.sleep(waitMs)
  }
}

/** A create whose find is slow writes down its intent, so that only a real doubt costs a search; others share one. */
function intend<Input, Result>({ journal, name }: Making<Input, Result>, isLagging: boolean): Promise<Intent> {
  return isLagging ? journal.intend(`${name} (intent)`) : journal.sharedIntent()
}

/** Inside the journaled step of a create whose find lags. */
async function makeWithIntent<Input, Result>(making: Making<Input, Result>, intent: Intent): Promise<Tried<Result>> {
  const { memory, marker, journal } = making
  const sighted = memory.sighted(marker)
  if (sighted !== undefined) return { kind: 'done', value: sighted as Result } // sighted under this effect's own marker
  if (intent.attempt !== journal.attempt && !memory.knows(marker)) {
    return {
      kind: 'unsure',
      code: 'effect.interrupted',
      reason: 'interrupted before its answer was recorded',
      answered: false,
      waitMs: overlapMs(making, intent),
    }
  }
  return make(making, intent)
}

/** Inside the journaled step of an effect whose find is cheap: looks first wherever an earlier attempt may have made it. */
async function lookAndMake<Input, Result>(
  making: Making<Input, Result>,
  intent: Intent,
  attempts: number,
): Promise<Tried<Result>> {
  const { effect, journal, memory, marker, input } = making
  const { find } = effect
  const isFirst = attempts === 1 && journal.generation === 0 && intent.attempt === journal.attempt
  if (find === undefined || isFirst || memory.knows(marker)) return make(making, intent)
  const waitMs = overlapMs(making, intent)
  if (waitMs > 0)
    return { kind: 'again', code: 'effect.interrupted', reason: 'waiting for an interrupted write to end', waitMs }
  const looked = await attempt((signal) => find(input, { marker, signal, intendedAt: intent.at }), {
    timeoutMs: timeoutOf(effect),
    isWrite: false,
  })
  if (looked.kind !== 'done') return looked
  return looked.value.kind === 'found' ? { kind: 'done', value: looked.value.value } : make(making, intent)
}

function make<Input, Result>(
  { effect, memory, marker, input }: Making<Input, Result>,
  intent: Intent,
): Promise<Tried<Result>> {
  return memory.write(marker, () =>
    attempt((signal) => effect.make(input, { marker, signal, intendedAt: intent.at }), {
      timeoutMs: timeoutOf(effect),
      isWrite: true,
    }),
  )
}

/** How long a write that a dead process began may still be under way. */
function overlapMs<Input, Result>({ effect, memory }: Making<Input, Result>, intent: Intent): number {
  if (intent.process === memory.processId) return 0
  return Math.max(0, memory.startedAt + timeoutOf(effect) + marginMs - Date.now())
}

/** Searches until the thing is found or the search has had time enough to show it. */
async function searchLagging<Input, Result>(making: Making<Input, Result>, intent?: Intent): Promise<Answer<Result>> {
  const { journal, name, policy } = making
  let searchedMs = 0
  for (let attempts = 1; ; attempts += 1) {
    const tried = await journal.try(`${name} (find)`, () => searchOnce(making, intent))
    if (tried.kind === 'refused') throw new StepRefused(`${name} (find)`, tried)
    if (tried.kind === 'done' && tried.value.kind === 'found') return tried.value
    if (tried.kind === 'done' && searchedMs >= policy.searchForMs) return notFound()
    const backOffMs = backOff(attempts, { random: journal.random(), askedMs: tried.kind === 'done' ? 0 : tried.waitMs })
    // Only time in which the search answered counts: a search that fails shows nothing.
    const waitMs =
      tried.kind === 'done' ? Math.min(backOffMs, Math.max(policy.searchForMs - searchedMs, 100)) : backOffMs
    if (tried.kind === 'done') searchedMs += waitMs
    await journal.sleep(waitMs)
  }
}

async function searchOnce<Input, Result>(
  making: Making<Input, Result>,
  intent: Intent | undefined,
): Promise<Tried<Answer<Result>>> {
  const { effect, memory, marker, input } = making
  const sighted = memory.sighted(marker)
  if (sighted !== undefined) return { kind: 'done', value: found(sighted as Result) } // sighted under this effect's own marker
  return attempt(
    async (signal) => (await effect.find?.(input, { marker, signal, intendedAt: intent?.at ?? '' })) ?? notFound(),
    { timeoutMs: timeoutOf(effect), isWrite: false },
  )
}

function timeoutOf<Input, Result>(effect: Effect<Input, Result>): number {
  return Math.min(effect.timeoutMs ?? 20_000, 50_000)
}
