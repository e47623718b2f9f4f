import { randomBytes } from 'node:crypto'
import timers from 'node:timers/promises'
import type { Connector, Lookup } from '../connectors/connector.ts'
import type { Effect } from '../connectors/effect.ts'
import type { Outcome } from '../connectors/outcome.ts'
import { attempt, backOff } from '../engine/attempts.ts'
import type { Connectors } from './register.ts'

/** How long a call outside a run may take with all its attempts, in milliseconds: somebody waits for the answer. */
const withinMs = 15_000

/**
 * The connectors as endpoints and scripts call them: plain clients. Look-ups are tried again for up to 15 s and give
 * outcomes; effects are tried once, and reject where they fail, because nothing here could make them once.
 */
export function plainConnectors(connectors: ReadonlyMap<string, Connector>): Connectors {
  const plain = [...connectors].map(([name, { lookups, effects }]) => {
    const asks = Object.entries(lookups).map(([operation, lookup]) => [
      operation,
      (input: unknown) => ask(lookup, input),
    ])
    const makes = Object.entries(effects).map(([operation, effect]) => [
      operation,
      (input: unknown) => make(effect, input),
    ])
    return [name, Object.fromEntries([...asks, ...makes])]
  })
  return Object.fromEntries(plain) as Connectors // the configuration's own connectors, by its own names
}

async function ask(lookup: Lookup<unknown, unknown>, input: unknown): Promise<Outcome<unknown>> {
  const deadline = Date.now() + withinMs
  for (let attempts = 1; ; attempts += 1) {
    const timeoutMs = Math.max(1, deadline - Date.now())
    const tried = await attempt((signal) => lookup(input, { signal }), { timeoutMs, isWrite: false })
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
