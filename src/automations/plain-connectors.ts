import { randomBytes } from 'node:crypto'
import timers from 'node:timers/promises'
import type { Connector } from '../connectors/connector.ts'
import type { Effect } from '../connectors/effect.ts'
import { freshMs } from '../connectors/fresh-for.ts'
import type { Answer, Outcome } from '../connectors/outcome.ts'
import { attempt, backOff, type Tried } from '../engine/attempts.ts'
import type { Asked, Asking } from '../engine/question.ts'
import { AdderError } from '../errors/adder-error.ts'
import { isShared } from './is-shared.ts'
import type { KeepOwn } from './keep-own.ts'
import type { Connectors } from './register.ts'

/** How long a call outside a run may take with all its attempts, in milliseconds: somebody waits for the answer. */
const withinMs = 15_000

/** Asks what all runs share; see `Engine.ask`. */
export type AskShared = (asking: Asking, withinMs: number) => Promise<Asked>

/**
 * The connectors as endpoints and scripts call them: plain clients. Look-ups are tried again for up to 15 s and give
 * outcomes; effects are tried once, and reject where they fail, because nothing here could make them once.
 *
 * @param options.askShared keeps the quotas that the runs keep, and knows the answers that they were given.
 */
export function plainConnectors(
  connectors: ReadonlyMap<string, Connector>,
  { askShared, keepOwn }: { askShared: AskShared; keepOwn: KeepOwn },
): Connectors {
  const plain = [...connectors].map(([name, connector]) => {
    const { lookups, effects, quota, freshFor } = connector
    const asks = Object.entries(lookups).map(([operation, lookup]) => {
      const fresh = freshMs(freshFor?.[operation])
      const once = (input: unknown): TryOnce =>
        isShared(quota, fresh)
          ? shared({ question: { connector: name, lookup: operation, input }, freshMs: fresh }, askShared)
          : (timeoutMs) => attempt((signal) => lookup(input, { signal }), { timeoutMs, isWrite: false })
      return [operation, keepOwn(connector, (input: unknown) => ask(once(input)))]
    })
    const makes = Object.entries(effects).map(([operation, effect]) => [
      operation,
      (input: unknown) => make(effect, input),
    ])
    return [name, Object.fromEntries([...asks, ...makes])]
  })
  return Object.fromEntries(plain) as Connectors // the configuration's own connectors, by its own names
}

type TryOnce = (timeoutMs: number) => Promise<Tried<Answer<unknown>>>

function shared(asking: Omit<Asking, 'withinMs'>, askShared: AskShared): TryOnce {
  let since: number | undefined
  return async (timeoutMs) => {
    try {
      const asked = await askShared(
        { ...asking, withinMs: timeoutMs, ...(since === undefined ? {} : { since }) },
        timeoutMs,
      )
      since ??= asked.at
      if (asked.kind !== 'paused') return asked
      return { kind: 'refused', code: 'run.paused', reason: `${asked.subject} is paused` }
    } catch (error) {
      if (!(error instanceof AdderError)) throw error
      return { kind: 'again', code: error.code, reason: error.message }
    }
  }
}

async function ask(tryOnce: TryOnce): Promise<Outcome<unknown>> {
  const deadline = Date.now() + withinMs
  for (let attempts = 1; ; attempts += 1) {
    const tried = await tryOnce(Math.max(1, deadline - Date.now()))
    if (tried.kind === 'done') return tried.value
    const isQuota = tried.kind === 'again' && tried.isQuota === true
    const waitMs =
      tried.kind === 'refused'
        ? Number.POSITIVE_INFINITY
        : backOff(attempts, { random: Math.random(), askedMs: tried.waitMs })
    if (Date.now() + waitMs < deadline) await timers.setTimeout(waitMs)
    else if (isQuota) return { kind: 'rate_limited', ...(tried.until === undefined ? {} : { until: tried.until }) }
    else return { kind: 'failed', code: tried.code, reason: tried.reason }
  }
}

function make(effect: Effect<unknown, unknown>, input: unknown): Promise<unknown> {
  return effect.make(input, {
    marker: `adder-${randomBytes(12).toString('hex')}`,
    signal: AbortSignal.timeout(Math.min(effect.timeoutMs ?? withinMs, withinMs)),
    intendedAt: new Date().toISOString(),
  })
}
