import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { secretOf } from '../../test/support/secret-of.ts'
import { delivery, event, inRun, openTestHistory, uuid } from '../../test/support/test-history.ts'
import type { History } from './history.ts'
import { leaveTurn, noteNotSent, noteSent, recordSendingState, takeTurn } from './record-sending.ts'
import { expireUnsent, hasUnsent, removeUnsent, type UnsentRecord, unsentRecords } from './unsent-records.ts'

const opening = { kind: 'step', step: 'jira.open', marker: 'adder-1', once: 'by marker' } as const
const made = { id: '7', key: 'SEC-7', url: 'https://jira.example/browse/SEC-7' }
const later = Date.UTC(2100, 0)

async function openKeeping(t: TestContext): Promise<History> {
  return (await openTestHistory(t, { keepsUnsent: true, now: () => Date.UTC(2026, 10, 24, 9) })).history
}

function unsent(history: History, options: { before?: number; limit?: number } = {}): Promise<UnsentRecord[]> {
  return history.ask((db) => unsentRecords(db, { before: later, limit: 100, ...options }))
}

const idsOf = (records: readonly UnsentRecord[]) => records.map(({ kind, id }) => `${kind} ${id}`)

describe('what is to be sent', () => {
  test('is a delivery, and a run once it has ended, with its effects and its ticket', async (t) => {
    const history = await openKeeping(t)
    history.delivery(delivery(1, { events: [{ id: 'e1', kind: 'splunk.alert', state: 'accepted' }] }))
    history.event('e1', () => event('e1', { delivery: uuid(1) }))
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation(inRun('inv_1', { ...opening, result: 'done', effect: 'made', made }))
    assert.deepEqual(idsOf(await unsent(history)), [`delivery ${uuid(1)}`])
    history.observation(inRun('inv_1', { kind: 'run finished' }))

    const [ofDelivery, ofRun] = await unsent(history)

    assert.deepEqual(ofDelivery?.body, {
      delivery: uuid(1),
      source: 'splunk',
      state: 'accepted',
      receivedAt: '2026-11-24T00:00:01.000Z',
      ms: 1,
      isSwept: false,
      events: [{ id: 'e1', kind: 'splunk.alert', state: 'accepted' }],
    })
    assert.deepEqual(ofRun?.body, {
      run: 'inv_1',
      automation: 'mock-scan',
      generation: 0,
      state: 'finished',
      startedAt: '2026-11-24T09:00:00.000Z',
      endedAt: '2026-11-24T09:00:00.000Z',
      ms: 0,
      event: { id: 'e1', kind: 'splunk.alert', source: 'splunk', at: '2026-11-24T08:00:00.000Z' },
      delivery: uuid(1),
      ticket: { key: 'SEC-7', url: made.url },
      effects: [
        {
          name: 'jira.open',
          marker: 'adder-1',
          once: 'by marker',
          state: 'made',
          attempts: 1,
          firstAt: '2026-11-24T09:00:00.000Z',
          changedAt: '2026-11-24T09:00:00.000Z',
          made,
        },
      ],
    })
    assert.equal(ofRun?.at, Date.UTC(2026, 10, 24, 9))
  })

  test('says why a run failed, without a secret', async (t) => {
    const word = 'a-word-of-this-test-alone'
    secretOf(t, word)
    const history = await openKeeping(t)
    history.observation(inRun('inv_1', { kind: 'run failed', code: 'run.failed', reason: `${word}: no such thing` }))

    const [record] = await unsent(history)

    assert.deepEqual(
      [record?.body.state, record?.body.code, record?.body.reason],
      ['failed', 'run.failed', '[secret]: no such thing'],
    )
  })

  test('are runs that were cancelled, and generations that another took the place of', async (t) => {
    const history = await openKeeping(t)
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation(inRun('inv_2', { kind: 'run superseded', generation: 1 }))
    history.observation(inRun('inv_2', { kind: 'run cancelled' }, { generation: 1 }))

    const states = (await unsent(history)).map(({ body }) => [body.run, body.state])

    assert.deepEqual(states.toSorted(), [
      ['inv_1', 'superseded'],
      ['inv_2', 'cancelled'],
    ])
  })

  test('is a spooled delivery when it has left the spool, as what it was then', async (t) => {
    const history = await openKeeping(t)
    history.delivery(delivery(1, { state: 'spooled' }))
    assert.deepEqual(await unsent(history), [])
    history.delivery(delivery(1, { state: 'accepted' }))

    const records = await unsent(history)

    assert.deepEqual(
      records.map(({ body }) => body.state),
      ['accepted'],
    )
  })

  test('is nothing that was sent, also when it is told once more', async (t) => {
    const history = await openKeeping(t)
    const tell = () => {
      history.delivery(delivery(1))
      history.observation(inRun('inv_1', { kind: 'run finished' }))
    }
    tell()
    const records = await unsent(history)
    await history.ask((db) => removeUnsent(db, records))
    tell()
    await history.fillIn([
      { kind: 'delivery', at: 0, delivery: delivery(1) },
      { kind: 'observation', at: 0, observation: inRun('inv_1', { kind: 'run finished' }) },
    ])

    assert.equal(records.length, 2)
    assert.deepEqual(await unsent(history), [])
  })

  test('is also what is filled in from the engine', async (t) => {
    const history = await openKeeping(t)

    await history.fillIn([{ kind: 'observation', at: 5, observation: inRun('inv_1', { kind: 'run finished' }) }])

    assert.deepEqual(idsOf(await unsent(history)), ['run inv_1'])
  })

  test('is nothing where records go nowhere', async (t) => {
    const { history } = await openTestHistory(t)
    history.delivery(delivery(1))
    history.observation(inRun('inv_1', { kind: 'run finished' }))

    assert.equal(await history.ask((db) => hasUnsent(db, later)), false)
  })

  test('comes oldest first, as many as are wanted, and only what ended before a time', async (t) => {
    const history = await openKeeping(t)
    for (const number of [3, 1, 2]) history.delivery(delivery(number))

    assert.deepEqual(idsOf(await unsent(history, { limit: 2 })), [`delivery ${uuid(1)}`, `delivery ${uuid(2)}`])
    const before = Date.UTC(2026, 10, 24) + 2000
    assert.deepEqual(idsOf(await unsent(history, { before })), [`delivery ${uuid(1)}`])
  })

  test('is bounded: what does not fit is counted', async (t) => {
    const history = await openKeeping(t)
    const reason = '\u0001'.repeat(2000)
    for (let number = 0; number < 60; number += 1)
      history.observation(inRun('inv_1', { ...opening, marker: `adder-${number}`, result: 'refused', reason }))
    history.observation(inRun('inv_1', { kind: 'run failed', code: 'run.failed', reason }))
    const events = Array.from({ length: 1000 }, (_, number) => ({
      id: `e${number}`,
      kind: 'hec.event',
      state: 'accepted' as const,
    }))
    history.delivery(delivery(1, { events, senderId: 'x'.repeat(20_000) }))

    const records = await unsent(history)

    for (const { body } of records) assert.ok(Buffer.byteLength(JSON.stringify(body)) <= 9000)
    const count = (list: string, leftOut: string) =>
      records.flatMap(({ body }) => (Array.isArray(body[list]) ? [body[list].length, body[leftOut]] : []))
    const [told = 0, eventsLeftOut] = count('events', 'eventsLeftOut')
    const [effects = 0, effectsLeftOut] = count('effects', 'effectsLeftOut')
    assert.ok(Number(told) > 50 && Number(effects) > 0)
    assert.equal(Number(told) + Number(eventsLeftOut), 1000)
    assert.equal(Number(effects) + Number(effectsLeftOut), 60)
  })

  test('is given up when it has expired', async (t) => {
    const history = await openKeeping(t)
    for (const number of [1, 2]) history.delivery(delivery(number))
    await history.ask(async () => undefined)

    const given = await history.ask((db) => expireUnsent(db, Date.UTC(2026, 10, 24) + 2000))

    assert.equal(given, 1)
    assert.deepEqual(idsOf(await unsent(history)), [`delivery ${uuid(2)}`])
  })
})

describe('the turn to send', () => {
  const turn = { holder: 'a', now: 1000, forMs: 100 }

  test('is one Adder’s until it leaves it or lets it run out', async (t) => {
    const history = await openKeeping(t)
    const take = (how: Partial<typeof turn>) => history.ask((db) => takeTurn(db, { ...turn, ...how }))

    assert.equal(await take({}), true)
    assert.equal(await take({ holder: 'b', now: 1050 }), false)
    assert.equal(await take({ now: 1090 }), true)
    assert.equal(await take({ holder: 'b', now: 1150 }), false)
    assert.equal(await take({ holder: 'b', now: 1191 }), true)
    await history.ask((db) => leaveTurn(db, 'a'))
    assert.equal(await take({ now: 1200 }), false)
    await history.ask((db) => leaveTurn(db, 'b'))
    assert.equal(await take({ now: 1200 }), true)
  })

  test('is taken by one of many who ask at once', async (t) => {
    const history = await openKeeping(t)

    const taken = await Promise.all(
      ['a', 'b', 'c', 'd'].map((holder) => history.ask((db) => takeTurn(db, { ...turn, holder }))),
    )

    assert.equal(taken.filter((each) => each).length, 1)
  })

  test('has a state that says since when records are not taken, and why now', async (t) => {
    const history = await openKeeping(t)
    history.delivery(delivery(1))
    const state = () => history.ask(recordSendingState)
    const oldest = { waiting: 1, oldestAt: '2026-11-24T00:00:01.000Z' }
    assert.deepEqual(await state(), oldest)

    await history.ask(async (db) => {
      await takeTurn(db, turn)
      await noteNotSent(db, { code: 'connector.unavailable', reason: 'busy', at: 1000 })
      await noteNotSent(db, { code: 'connector.refused', reason: 'Incorrect index', at: 2000 })
    })
    const fault = { code: 'connector.refused', reason: 'Incorrect index', since: '1970-01-01T00:00:01.000Z' }
    assert.deepEqual(await state(), { ...oldest, fault })

    await history.ask((db) => noteSent(db, 3000))
    assert.deepEqual(await state(), { ...oldest, sentAt: '1970-01-01T00:00:03.000Z' })
  })
})
