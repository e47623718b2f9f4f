import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { createLog } from '../endpoints/log.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { secret } from '../secrets/secret.ts'
import type { DeliveryRecord } from './delivery.ts'
import type { SourceDefinition } from './source.ts'
import type { Listed } from './sweep.ts'
import { ListedIsGone } from './sweep-errors.ts'
import type { SweepMark } from './sweep-marks.ts'
import { sweepOnce } from './sweep-once.ts'

const Payload = z.object({ id: z.string(), card: z.string().optional() })
type Payload = z.infer<typeof Payload>

const begun = Date.parse('2026-11-25T06:00:00Z')
const source: SourceDefinition<Payload> = {
  name: 'sender',
  integration: 'sender',
  docs: 'https://sender.example',
  maxBytes: 1000,
  authentication: { kind: 'url-token', secrets: secret('ADDER_TEST_SWEEP') },
  schema: Payload,
  deliveryId: () => undefined,
  events: (data) => [{ kind: 'sender.alert', identity: [data.id], at: new Date(), data }],
}

/** Something that the sender lists, so many minutes after the beginning. */
function listed(id: string, minutes: number, read: Listed['read'] = ofOne({ id })): Listed {
  return { id, at: new Date(begun + minutes * 60_000), read }
}

function ofOne(...payloads: Payload[]): Listed['read'] {
  return async function* () {
    yield payloads
  }
}

function failing(error: Error): Listed['read'] {
  return () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) })
}

/** A sweep of what is listed, with an engine that commits to memory. */
function sweeper() {
  const records: DeliveryRecord[] = []
  const committed = new Map<string, unknown>()
  const asked: string[] = []
  let isAway = false
  const sweep = (all: readonly Listed[], mark: Partial<SweepMark> = {}, retentionDays = 3650) =>
    sweepOnce(
      { since: new Date(begun).toISOString(), done: [], ...mark },
      {
        source,
        sweep: {
          now: async () => new Date(),
          probe: async () => [],
          list: async (since) => {
            asked.push(since.toISOString())
            return all
          },
        },
        commit: async ({ id, data }) => {
          if (isAway) throw new EngineUnavailable('The engine is starting')
          if (committed.has(id)) return { state: 'duplicate' }
          committed.set(id, data)
          return { state: 'accepted' }
        },
        redactions: ['payment-card'],
        retentionDays,
        deliveries: { record: (delivery) => void records.push(delivery) },
        log: createLog({ level: 'silent' }),
        closing: new AbortController().signal,
      },
    )
  return { sweep, records, asked, committed, away: (away: boolean) => (isAway = away) }
}

describe('a sweep', () => {
  test('takes in what was listed since the mark, the oldest first, and records it as swept', async () => {
    const { sweep, records } = sweeper()

    const swept = await sweep([listed('b', 20), listed('too old', -1), listed('a', 10), listed('b', 20)])

    assert.deepEqual([swept.listed, swept.broughtIn, swept.failures], [2, 2, []])
    assert.deepEqual(
      records.map(({ source, senderId, state, isSwept }) => [source, senderId, state, isSwept]),
      [
        ['sender', 'a', 'accepted', true],
        ['sender', 'b', 'accepted', true],
      ],
    )
  })

  test('brings in nothing and records nothing where it is all known', async () => {
    const { sweep, records } = sweeper()
    await sweep([listed('a', 10)])

    const swept = await sweep([listed('a', 10)])

    assert.deepEqual([swept.listed, swept.broughtIn, records.length], [1, 0, 1])
  })

  test('does not read again what it has done', async () => {
    const { sweep } = sweeper()
    const { mark } = await sweep([listed('a', 10)])

    const swept = await sweep([listed('a', 10, failing(new Error('it was read')))], mark)

    assert.deepEqual([mark.done, swept.listed], [['a'], 0])
  })

  test('looks back an hour from the newest, and remembers no more than it needs', async () => {
    const { sweep, asked } = sweeper()
    const { mark } = await sweep([listed('a', 10), listed('b', 100), listed('c', 130)])

    await sweep([], mark)

    assert.deepEqual([mark.done, asked[1]], [['b', 'c'], '2026-11-25T07:10:00.000Z'])
  })

  test('leaves what the sender refuses, goes on with the rest, and comes back to it', async () => {
    const { sweep, records } = sweeper()
    const all = [listed('a', 10), listed('b', 20), listed('c', 200)]
    const [a, , c] = all
    assert.ok(a && c)

    const first = await sweep([a, listed('b', 20, failing(new ConnectorRefused('no', { status: 403 }))), c])
    const second = await sweep(all, first.mark)

    assert.equal(first.failures.length, 1)
    assert.deepEqual(
      records.map(({ senderId }) => senderId),
      ['a', 'c', 'b'],
    )
    assert.equal(second.mark.since, '2026-11-25T08:20:00.000Z')
  })

  test('asks no more when the sender is away', async () => {
    const { sweep, records } = sweeper()
    const away = failing(new ConnectorUnavailable('away', { mayHaveHappened: false }))

    const { failures, mark } = await sweep([listed('a', 10), listed('b', 20, away), listed('c', 200)])

    assert.deepEqual([failures.length, records.length, mark.since], [1, 1, new Date(begun).toISOString()])
  })

  test('loses nothing when the engine is away', async () => {
    const { sweep, records, away } = sweeper()
    away(true)
    const first = await sweep([listed('a', 10)])
    away(false)

    const second = await sweep([listed('a', 10)], first.mark)

    assert.deepEqual([first.broughtIn, first.failures.length, second.broughtIn, records.length], [0, 1, 1, 1])
  })

  test('keeps what the sender has no more, once, with what is known of it', async () => {
    const { sweep, records } = sweeper()
    const gone = failing(new ListedIsGone('it is gone', { known: { id: 'a', card: '4111 1111 1111 1111' } }))

    const { mark } = await sweep([listed('a', 10, gone)])
    await sweep([listed('a', 10, gone)], mark)

    assert.equal(records.length, 1)
    const [{ state, check, reason, content } = {}] = records
    assert.deepEqual([state, check, reason], ['kept', 'gone', 'it is gone'])
    assert.deepEqual(content, { headers: {}, body: { id: 'a', card: '[redacted payment-card]' } })
  })

  test('makes a delivery of each part, and an event of each fact', async () => {
    const { sweep, records } = sweeper()
    const parts: Listed['read'] = async function* () {
      yield [{ id: 'one' }, { id: 'two' }, { id: 'one' }]
      yield [{ id: 'three' }]
    }

    await sweep([listed('a', 10, parts)])

    assert.deepEqual(
      records.map(({ events }) => events.length),
      [2, 1],
    )
  })

  test('redacts what it takes in', async () => {
    const { sweep, committed } = sweeper()

    await sweep([listed('a', 10, ofOne({ id: 'a', card: '4111 1111 1111 1111' }))])

    assert.doesNotMatch(JSON.stringify([...committed.values()]), /4111/)
  })

  test('asks for nothing older than what Adder remembers', async () => {
    const { sweep, asked } = sweeper()

    await sweep([], { since: '2020-01-01T00:00:00.000Z' }, 30)

    assert.ok(Date.parse(asked[0] ?? '') > Date.now() - 29 * 86_400_000 - 60_000)
  })
})
