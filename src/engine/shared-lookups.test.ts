import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTestEngine } from '../../test/engine/start-test-engine.ts'
import type { Connector } from '../connectors/connector.ts'
import type { FreshMs } from '../connectors/fresh-for.ts'
import { type Answer, found, notFound, type Outcome } from '../connectors/outcome.ts'
import type { Quota } from '../connectors/quota.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { Delay } from './steps.ts'

const anHour: FreshMs = { found: 3_600_000, notFound: 3_600_000 }
const never: FreshMs = { found: 0, notFound: 0 }

/** An outside system that notes when it is asked what. */
function oracle(answer: (input: string, time: number) => Promise<Answer<unknown>> = async (input) => found(input)) {
  const requests: { input: string; at: number }[] = []
  return {
    requests,
    connector: (quota?: Quota): Connector => ({
      lookups: {
        ask: async (input: string) => {
          requests.push({ input, at: Date.now() })
          return answer(input, requests.filter((each) => each.input === input).length)
        },
      },
      effects: {},
      ...(quota === undefined ? {} : { quota }),
      probe: async () => undefined,
      close: async () => undefined,
    }),
  }
}

/** A program that asks the oracle, and what all its runs were answered. */
async function asking(t: TestContext, connector: Connector, freshMs: FreshMs, policy = {}) {
  const outcomes: { input: string; outcome: Outcome<unknown> }[] = []
  const delays: (Delay & { input: string })[] = []
  const engine = await startTestEngine(
    t,
    {
      ask: async ({ event, steps }) => {
        const { input } = event.data as { input: string } // `ask` below gives it
        const question = { connector: 'oracle', lookup: 'ask', input }
        const outcome = await steps.sharedLookup(question, freshMs, {
          onDelay: (delay) => delays.push({ ...delay, input }),
        })
        await steps.step('note', () => {
          outcomes.push({ input, outcome })
        })
      },
    },
    { connectors: { oracle: connector }, policy },
  )
  return {
    ...engine,
    delays,
    outcomes,
    ask: (input: string) => engine.start('ask', { input }),
    answered: async (count: number) => {
      await engine.until(() => outcomes.length >= count)
      return outcomes.map(({ outcome }) => outcome)
    },
  }
}

/** The most requests in any stretch of time that is so long. */
function mostWithin(ms: number, requests: readonly { at: number }[]): number {
  return Math.max(...requests.map(({ at }) => requests.filter((each) => each.at >= at && each.at < at + ms).length))
}

test('a hundred runs that ask the same at once make one request', async (t) => {
  const { requests, connector } = oracle()
  const { ask, answered } = await asking(t, connector(), anHour)

  await Promise.all(Array.from({ length: 100 }, () => ask('hash')))

  const outcomes = await answered(100)
  assert.deepEqual(new Set(outcomes.map((each) => JSON.stringify(each))), new Set(['{"kind":"found","value":"hash"}']))
  assert.equal(requests.length, 1)
})

test('what is asked again is asked once, whichever run asks, while it is fresh', async (t) => {
  const { requests, connector } = oracle(async (input) => (input === 'nobody' ? notFound() : found(input)))
  const { ask, answered } = await asking(t, connector(), { found: 3_600_000, notFound: 0 })

  for (const [index, input] of ['hash', 'nobody', 'hash', 'nobody'].entries()) {
    await ask(input)
    await answered(index + 1)
  }

  assert.deepEqual(
    requests.map(({ input }) => input),
    ['hash', 'nobody', 'nobody'],
  )
})

test('a failure is told to all who ask at the same time, and never kept', async (t) => {
  const { requests, connector } = oracle(async () => {
    throw new ConnectorRefused('Oracle: the key is not known', { status: 401 })
  })
  const { ask, answered } = await asking(t, connector(), anHour)

  await Promise.all(Array.from({ length: 20 }, () => ask('hash')))
  const outcomes = await answered(20)

  assert.ok(outcomes.every((each) => each.kind === 'failed' && each.code === 'connector.refused'))
  assert.ok(requests.length < 5, `made ${requests.length} requests`)
})

test('while the outside system is down, all who ask the same share its attempts', async (t) => {
  const { requests, connector } = oracle(async (input, time) => {
    if (time < 4) throw new ConnectorUnavailable('Oracle: nobody listens there', { mayHaveHappened: false })
    return found(input)
  })
  const { ask, answered, delays } = await asking(t, connector(), anHour)

  await Promise.all(Array.from({ length: 30 }, () => ask('hash')))
  const outcomes = await answered(30)

  assert.ok(outcomes.every((each) => each.kind === 'found'))
  assert.equal(requests.length, 4)
  assert.ok(delays.every(({ isQuota, reason }) => !isQuota && reason === 'Oracle: nobody listens there'))
})

test('no more is asked than the quota allows, and all is answered', async (t) => {
  const { requests, connector } = oracle()
  const { ask, answered, delays } = await asking(t, connector([{ requests: 3, per: 'second' }]), never)

  await Promise.all(Array.from({ length: 10 }, (_, number) => ask(`question ${number}`)))
  const outcomes = await answered(10)

  assert.ok(outcomes.every((each) => each.kind === 'found'))
  assert.equal(requests.length, 10)
  assert.ok(mostWithin(1000, requests) <= 3, `${mostWithin(1000, requests)} within a second`)
  assert.ok(delays.length > 0 && delays.every(({ isQuota, until }) => isQuota && until !== undefined))
})

test('who asks first has the earlier turn', async (t) => {
  const { requests, connector } = oracle()
  const { ask, answered, delays, until } = await asking(t, connector([{ requests: 1, per: 'second' }]), never)

  for (const [number, input] of ['c', 'a', 'd', 'b'].entries()) {
    await ask(input)
    // The next one comes when this one has its turn or its place.
    await until(() => new Set([...requests, ...delays].map((each) => each.input)).size > number)
  }
  await answered(4)

  assert.deepEqual(
    requests.map(({ input }) => input),
    ['c', 'a', 'd', 'b'],
  )
})

test('a refusal of the outside system moves every turn', async (t) => {
  let openAt = 0
  const { requests, connector } = oracle(async (input) => {
    if (openAt === 0) openAt = Date.now() + 2500
    if (Date.now() < openAt) throw new ConnectorRateLimited('Oracle: over quota', { until: new Date(openAt) })
    return found(input)
  })
  const { ask, answered } = await asking(t, connector([{ requests: 1, per: 'second' }]), never)

  await Promise.all(['a', 'b', 'c'].map(ask))
  const outcomes = await answered(3)

  assert.ok(outcomes.every((each) => each.kind === 'found'))
  assert.equal(requests.length, 4)
  assert.equal(requests.filter(({ at }) => at < openAt).length, 1)
  assert.equal(requests[1]?.input, requests[0]?.input)
})

test('a turn that comes after the patience is not waited for, and not taken', async (t) => {
  const { requests, connector } = oracle()
  const quota: Quota = [{ requests: 1, per: 'minute' }]
  const { ask, answered, engine } = await asking(t, connector(quota), never, {
    lookupPatienceMs: 0,
    quotaPatienceMs: 5000,
  })
  await ask('first')
  await answered(1)

  await ask('second')
  const [, second] = await answered(2)

  assert.ok(second?.kind === 'rate_limited' && Date.parse(second.until ?? '') > Date.now() + 50_000)
  assert.equal(requests.length, 1)
  const status = await engine.quota('oracle')
  assert.deepEqual([status.waiting, status.windows[0]?.used], [0, 1])
})
