import type { Tried } from './attempts.ts'
import { effectAttempt, lookAndMake, type Making, makeUnlessInDoubt } from './effect-attempts.ts'
import { StepRefused } from './engine-errors.ts'
import { Patience } from './patience.ts'
import { search } from './search.ts'

export interface EffectPolicy {
  /** How long a search that lags is repeated before "not there" is believed, in milliseconds. */
  searchForMs: number
  /** What happens when an effect got no answer and is not found within that time. */
  whenUnknown: 'wait for a person' | 'make again'
  /** How long an effect is tried before it waits for a person, in milliseconds. */
  patienceMs: number
}

interface Series<Input, Result> extends Making<Input, Result> {
  policy: EffectPolicy
  /** Whether an earlier attempt may have made it; goes on from series to series. */
  isInDoubt: boolean
}

type SeriesEnd<Result> =
  | { kind: 'done'; value: Result }
  | { kind: 'refused' | 'given up'; code: string; reason: string }

/**
 * Makes an effect once, whatever happens to this process, to the engine and to the answer.
 *
 * @returns what the effect made, or what an earlier attempt of it had made.
 * @throws StepRefused when the outside system said no and trying again can't change that.
 */
export async function makeOnce<Input, Result>(making: Making<Input, Result>, policy: EffectPolicy): Promise<Result> {
  const { journal, effect, name } = making
  const run = effect.find !== undefined && effect.finding === 'lagging' ? searchingSeries : lookingSeries
  // A later generation can't see what the earlier ones did.
  const series = { ...making, policy, isInDoubt: journal.generation > 0 }
  for (;;) {
    const end = await run(series)
    if (end.kind === 'done') return end.value
    if (end.kind === 'refused') throw new StepRefused(name, end)
    await journal.waitForPerson(name, end)
  }
}

/** For effects that one read finds, and for those that need no finding: where there is doubt, an attempt looks first. */
async function lookingSeries<Input, Result>(series: Series<Input, Result>): Promise<SeriesEnd<Result>> {
  const { journal, effect, name, policy, memory } = series
  // A state is compared with what happened since the intent; for the others one intent serves the whole run.
  const intent = await (effect.once === 'by state' ? journal.intendLater(name) : journal.sharedIntent())
  const patience = new Patience(policy.patienceMs, () => journal.random())
  for (;;) {
    const tried = await journal.try(name, () => lookAndMake(series, intent), effectAttempt(series))
    if (tried.kind === 'done' || tried.kind === 'refused') return tried
    if (tried.code === 'effect.late') continue
    if (tried.kind === 'unsure') series.isInDoubt = true
    // It says that it was made, and would say so for each further one.
    if (effect.once === 'at least once' && tried.code === 'connector.answer_invalid') return givenUp(tried)
    const waitMs = patience.nextWaitMs(tried.waitMs)
    if (waitMs === undefined) return givenUp(tried)
    await journal.sleep(waitMs)
    if (tried.code === 'effect.under_way') series.waitedOut = await journal.intendLater(name)
    else if (memory.isShared) await journal.intendLater(name)
  }
}

/** For effects whose search lags: each attempt writes down its intent, so that only a real doubt costs a search. */
async function searchingSeries<Input, Result>(series: Series<Input, Result>): Promise<SeriesEnd<Result>> {
  const { journal, name, policy } = series
  const patience = new Patience(policy.patienceMs, () => journal.random())
  for (;;) {
    const intent = await journal.intend(name)
    const tried = await journal.tryIntended(name, () => makeUnlessInDoubt(series, intent), effectAttempt(series))
    if (tried.kind === 'done' || tried.kind === 'refused') return tried
    if (tried.code === 'effect.late') continue
    if (tried.kind === 'unsure') {
      series.isInDoubt = true
      const forMs = policy.searchForMs + tried.underWayMs
      const searched = await search(series, { intent, forMs, patienceMs: policy.patienceMs })
      if (searched.kind !== 'not_found') return searched
      // An answer that says "failed" and a search that finds nothing agree. No answer at all agrees with nothing.
      if (!tried.answered && policy.whenUnknown === 'wait for a person') return unknown(tried, forMs)
      series.isInDoubt = false
    }
    const waitMs = patience.nextWaitMs(tried.waitMs)
    if (waitMs === undefined) return givenUp(tried)
    await journal.sleep(waitMs)
  }
}

function unknown<Result>({ reason }: { reason: string }, searchedMs: number): SeriesEnd<Result> {
  const searched = `not found within ${Math.round(searchedMs / 1000)} s`
  return {
    kind: 'given up',
    code: 'effect.unknown',
    reason: `${reason}; ${searched}, so whether it was made is unknown`,
  }
}

function givenUp<Result>({ code, reason }: Extract<Tried<Result>, { code: string }>): SeriesEnd<Result> {
  return { kind: 'given up', code, reason }
}
