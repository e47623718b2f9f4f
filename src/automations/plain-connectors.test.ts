import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import type { Connector, Lookup } from '../connectors/connector.ts'
import type { Effect, EffectCall } from '../connectors/effect.ts'
import { found, notFound, type Outcome } from '../connectors/outcome.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { isOwn } from '../observables/is-own.ts'
import { keepOwn } from './keep-own.ts'
import { plainConnectors } from './plain-connectors.ts'

interface Plain {
  ask(input: unknown): Promise<Outcome<unknown>>
  make(input: unknown): Promise<unknown>
}

const never: Effect<unknown, unknown> = { once: 'at least once', make: async () => undefined }

/** What these look-ups ask is asked by nobody else. */
const askNobody = () => Promise.reject(new Error('no look-up here is shared'))

function plain(lookup: Lookup<unknown, unknown>, { effect = never, isOutside = false } = {}): Plain {
  const connector: Connector = {
    lookups: { ask: lookup },
    effects: { make: effect },
    isOutside,
    probe: async () => undefined,
    close: async () => undefined,
  }
  const { system } = plainConnectors(new Map([['system', connector]]), {
    askShared: askNobody,
    keepOwn: keepOwn(isOwn()),
  }) as unknown as { system: Plain } // registered by no configuration
  return system
}

const unavailable = () => new ConnectorUnavailable('System: nobody listens there', { mayHaveHappened: false })

/** What a look-up comes to, on a clock that runs as fast as it can; and how long it took on that clock. */
async function hurried(outcome: () => Promise<Outcome<unknown>>) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  try {
    const startedAt = Date.now()
    let isSettled = false
    const settled = outcome().finally(() => {
      isSettled = true
    })
    while (!isSettled) {
      await new Promise(setImmediate)
      mock.timers.tick(50)
    }
    return { outcome: await settled, ms: Date.now() - startedAt }
  } finally {
    mock.timers.reset()
  }
}

describe('a look-up outside a run', () => {
  test('gives what is one’s own as failed, where the system is an outside one', async () => {
    const system = plain(async () => found(1), { isOutside: true })

    const outcome = await system.ask('10.0.0.1')

    assert.equal(outcome.kind === 'failed' && outcome.code, 'connector.own_value')
    assert.deepEqual(await system.ask('8.8.8.8'), { kind: 'found', value: 1 })
  })

  test('gives what was found, or that there is nothing', async () => {
    const system = plain(async (input) => (input === 'known' ? found(1) : notFound()))

    assert.deepEqual(await system.ask('known'), { kind: 'found', value: 1 })
    assert.deepEqual(await system.ask('unknown'), { kind: 'not_found' })
  })

  test('is tried again until it is answered', async () => {
    let attempts = 0
    const system = plain(async () => {
      attempts += 1
      if (attempts < 4) throw unavailable()
      return found('late')
    })

    const { outcome } = await hurried(() => system.ask(undefined))

    assert.deepEqual(outcome, { kind: 'found', value: 'late' })
    assert.equal(attempts, 4)
  })

  test('fails within 15 seconds where the system stays down', async () => {
    const system = plain(async () => {
      throw unavailable()
    })

    const { outcome, ms } = await hurried(() => system.ask(undefined))

    assert.deepEqual(outcome, {
      kind: 'failed',
      code: 'connector.unavailable',
      reason: 'System: nobody listens there',
    })
    assert.ok(ms <= 15_000, `took ${ms} ms`)
  })

  test('fails within 16 seconds where the system never answers and does not listen to the signal', async () => {
    const system = plain(() => new Promise(() => undefined))

    const { outcome, ms } = await hurried(() => system.ask(undefined))

    assert.equal(outcome.kind, 'failed')
    assert.ok(ms <= 16_000, `took ${ms} ms`)
  })

  test('says at once what no trying again can mend', async () => {
    let attempts = 0
    const system = plain(async () => {
      attempts += 1
      throw new ConnectorRefused('System: the key is not known', { status: 401 })
    })

    const outcome = await system.ask(undefined)

    assert.deepEqual(outcome, { kind: 'failed', code: 'connector.refused', reason: 'System: the key is not known' })
    assert.equal(attempts, 1)
  })

  test('says at once when a quota opens too late', async () => {
    const until = new Date(Date.now() + 60_000)
    const system = plain(async () => {
      throw new ConnectorRateLimited('System: over quota', { until })
    })

    const outcome = await system.ask(undefined)

    assert.deepEqual(outcome, { kind: 'rate_limited', until: until.toISOString() })
  })
})

describe('an effect outside a run', () => {
  test('is made with a marker of its own each time', async () => {
    const calls: EffectCall[] = []
    const effect: Effect<unknown, unknown> = {
      once: 'by marker',
      make: async (input, call) => {
        calls.push(call)
        return `made ${input}`
      },
    }
    const system = plain(async () => notFound(), { effect })

    const made = [await system.make(1), await system.make(2)]

    assert.deepEqual(made, ['made 1', 'made 2'])
    assert.equal(new Set(calls.map(({ marker }) => marker)).size, 2)
    for (const { marker } of calls) assert.match(marker, /^adder-[0-9a-f]{24}$/)
  })

  test('is tried once, and rejects with what went wrong', async () => {
    let attempts = 0
    const effect: Effect<unknown, unknown> = {
      once: 'by marker',
      make: async () => {
        attempts += 1
        throw unavailable()
      },
    }
    const system = plain(async () => notFound(), { effect })

    await assert.rejects(system.make(1), ConnectorUnavailable)
    assert.equal(attempts, 1)
  })
})
