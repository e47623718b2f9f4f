import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { delivery, event, inRun, openTestHistory, uuid } from '../../test/support/test-history.ts'
import { deleteExpired } from './delete-expired.ts'
import { effectOnRerun } from './effect-on-rerun.ts'
import { findValue } from './find-value.ts'
import { listDeliveries } from './list-deliveries.ts'
import { changedRuns, listRuns } from './list-runs.ts'
import { openedUnder } from './opened-under.ts'
import type { Cursor } from './page.ts'
import type { RunObservation } from './records.ts'
import { resolveId } from './resolve-id.ts'
import { showDelivery } from './show-delivery.ts'
import { showRun } from './show-run.ts'
import { endWaits, markCancelling } from './steered-run.ts'

const opening = { kind: 'step', step: 'jira.open', marker: 'adder-1', once: 'by marker' } as const
const waiting = { kind: 'waiting', step: 'jira.open', code: 'c', reason: 'Jira is down', wait: 'sign_1' } as const

describe('lists', () => {
  test('page through everything once, also while more arrives', async (t) => {
    const { history } = await openTestHistory(t)
    const receivedAt = '2026-11-23T08:00:00.000Z'
    for (let number = 0; number < 25; number += 1) history.delivery(delivery(number, { receivedAt }))
    const seen: string[] = []
    let after: Cursor | undefined

    do {
      const page = await history.ask((db) => listDeliveries(db, { limit: 10, after }))
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
      history.delivery(delivery(1000 + seen.length))
    } while (after !== undefined)

    assert.deepEqual(
      seen,
      Array.from({ length: 25 }, (_, index) => uuid(24 - index)),
    )
  })

  test('filter by state, source and time', async (t) => {
    const { history } = await openTestHistory(t)
    history.delivery(delivery(1, { state: 'kept', check: 'shape' }))
    history.delivery(delivery(2, { source: 'jira' }))
    history.delivery(delivery(3))
    const ids = async (filter: object) =>
      (await history.ask((db) => listDeliveries(db, { limit: 10, ...filter }))).items.map(({ id }) => id)

    assert.deepEqual(await ids({ state: 'kept' }), [uuid(1)])
    assert.deepEqual(await ids({ source: 'jira' }), [uuid(2)])
    assert.deepEqual(await ids({ since: Date.UTC(2026, 10, 24) + 3000 }), [uuid(3)])
  })

  test('record only the first 100 refusals of a source and minute', async (t) => {
    const { history } = await openTestHistory(t, { now: () => 60_000 })
    for (let number = 0; number < 150; number += 1) history.delivery(delivery(number, { state: 'refused' }))
    history.delivery(delivery(1000, { state: 'refused', source: 'jira' }))

    const { items } = await history.ask((db) => listDeliveries(db, { limit: 200 }))

    assert.equal(items.length, 101)
  })
})

describe('a run', () => {
  test('has the ticket that it opened, and its effect with the attempts it took', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation(inRun('inv_1', { ...opening, result: 'again', code: 'c', reason: 'Jira is down' }))
    await history.ask(async () => undefined)
    history.observation(inRun('inv_1', { ...opening, result: 'unsure', code: 'c', reason: 'cut off' }))
    history.observation(inRun('inv_1', { ...opening, step: 'jira.open (find)', result: 'done' }))
    const unknown = await history.ask((db) => showRun(db, 'inv_1'))
    const made = { id: '7', key: 'SEC-7', url: 'https://jira.example/browse/SEC-7' }
    history.observation(inRun('inv_1', { ...opening, step: 'jira.open (find)', result: 'done', effect: 'found', made }))
    history.observation(inRun('inv_1', { kind: 'run finished' }))

    const run = await history.ask((db) => showRun(db, 'inv_1'))

    assert.equal(unknown?.effects[0]?.state, 'unknown')
    assert.equal(run?.state, 'finished')
    assert.deepEqual(run.ticket, { key: 'SEC-7', url: made.url })
    const [effect] = run.effects
    assert.deepEqual(
      [effect?.name, effect?.state, effect?.attempts, effect?.reason, effect?.made],
      ['jira.open', 'found', 2, undefined, made],
    )
    assert.equal(run.trouble?.reason, 'cut off')
  })

  test('has an effect that was begun and not ended, with the page of what it changes', async (t) => {
    const { history } = await openTestHistory(t)
    const about = { key: 'SEC-7', url: 'https://jira.example/browse/SEC-7' }
    const commenting = { step: 'jira.comment', marker: 'adder-2', once: 'by marker', about }
    history.observation(inRun('inv_1', { kind: 'intended', ...commenting }))

    const run = await history.ask((db) => showRun(db, 'inv_1'))

    const [effect] = run?.effects ?? []
    assert.deepEqual([effect?.name, effect?.state, effect?.attempts], ['jira.comment', 'intended', 0])
    assert.deepEqual(effect?.about, about)
  })

  test('tells which ticket was opened under a marker, once that is known', async (t) => {
    const { history } = await openTestHistory(t)
    const made = { id: '7', key: 'SEC-7', url: 'https://jira.example/browse/SEC-7' }
    history.observation(inRun('inv_1', { ...opening, result: 'unsure', code: 'c', reason: 'cut off' }))
    const before = await history.ask((db) => openedUnder(db, opening.marker))
    history.observation(inRun('inv_1', { ...opening, result: 'done', effect: 'made', made }))

    const after = await history.ask((db) => openedUnder(db, opening.marker))

    assert.deepEqual([before, after], [undefined, made])
  })

  test('keeps what is known of an effect when a further attempt at it begins', async (t) => {
    const { history } = await openTestHistory(t)
    const { step, marker, once } = opening
    history.observation(inRun('inv_1', { ...opening, result: 'unsure', code: 'c', reason: 'cut off' }))
    await history.ask(async () => undefined)
    history.observation(inRun('inv_1', { kind: 'intended', step, marker, once }))

    const run = await history.ask((db) => showRun(db, 'inv_1'))

    assert.deepEqual([run?.effects[0]?.state, run?.effects[0]?.attempts], ['unknown', 1])
  })

  test('waits until a person ends its wait, whatever else happens in it', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation(inRun('inv_1', waiting))
    await history.ask(async () => undefined)
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation(inRun('inv_1', { ...opening, result: 'again', code: 'c', reason: 'r' }))
    const before = await history.ask((db) => showRun(db, 'inv_1'))

    await history.ask((db) => endWaits(db, 'inv_1'))

    const after = await history.ask((db) => showRun(db, 'inv_1'))
    assert.deepEqual([before?.state, before?.waits[0]?.endedAt], ['waiting', undefined])
    assert.equal(after?.state, 'running')
    assert.ok(after.waits[0]?.endedAt)
  })

  test('is paused until the last of its steps that are held back goes on, and waits where a person is needed, too', async (t) => {
    const { history } = await openTestHistory(t)
    const state = async () => (await history.ask((db) => listRuns(db, { limit: 1 }))).items[0]?.state
    const states: (string | undefined)[] = []
    const happens = async (...observations: RunObservation[]) => {
      for (const each of observations) history.observation(inRun('inv_1', each))
      states.push(await state())
    }
    const paused = (step: string) =>
      ({ kind: 'paused', step, subject: 'connector virustotal', wait: `sign_${step}` }) as const

    await happens({ kind: 'run started' }, paused('a'), paused('b'))
    await happens({ kind: 'resumed', step: 'a', wait: 'sign_a' })
    await happens(waiting)
    await happens(paused('c'))
    await history.ask((db) => endWaits(db, 'inv_1'))
    await happens({ kind: 'resumed', step: 'b', wait: 'sign_b' })
    await happens({ kind: 'resumed', step: 'c', wait: 'sign_c' })

    assert.deepEqual(states, ['paused', 'paused', 'waiting', 'waiting', 'paused', 'running'])
    const shown = await history.ask((db) => showRun(db, 'inv_1'))
    assert.deepEqual(
      shown?.waits.map(({ code, endedAt }) => [code, endedAt !== undefined]),
      [
        ['run.paused', true],
        ['run.paused', true],
        ['c', true],
        ['run.paused', true],
      ],
    )
  })

  test('that has ended stays so when what came before its end is written after it', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', { kind: 'run finished' }))
    await history.ask(async () => undefined)

    history.observation(inRun('inv_1', waiting))

    assert.equal((await history.ask((db) => showRun(db, 'inv_1')))?.state, 'finished')
  })

  test('is cancelling until it says itself that it is cancelled', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', waiting))
    await history.ask((db) => markCancelling(db, 'inv_1'))
    const [during] = (await history.ask((db) => listRuns(db, { limit: 1 }))).items
    history.observation(inRun('inv_1', { kind: 'run cancelled' }))

    const run = await history.ask((db) => showRun(db, 'inv_1'))

    assert.equal(during?.state, 'cancelling')
    assert.equal(run?.state, 'cancelled')
    assert.ok(run.waits[0]?.endedAt)
  })

  test('whose code changed is superseded by the next generation', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', { kind: 'run started' }))
    history.observation({ kind: 'run superseded', automation: 'mock-scan', event: 'e1', generation: 1 })
    history.observation(inRun('inv_2', { kind: 'run started' }, { generation: 1 }))

    const first = await history.ask((db) => showRun(db, 'inv_1'))

    assert.equal(first?.state, 'superseded')
    assert.deepEqual(first.generations, [{ id: 'inv_2', generation: 1, state: 'running' }])
  })

  test('that is filled in keeps what was known of its effects', async (t) => {
    const { history } = await openTestHistory(t)
    history.observation(inRun('inv_1', { ...opening, result: 'done', effect: 'made' }))
    await history.ask(async () => undefined)
    const past = [
      inRun('inv_1', { kind: 'run started' }),
      inRun('inv_1', { ...opening, result: 'done', effect: 'made' }),
      inRun('inv_1', { kind: 'run finished' }),
    ].map((observation) => ({ kind: 'observation' as const, at: 1000, observation }))

    await history.fillIn(past)

    const run = await history.ask((db) => showRun(db, 'inv_1'))
    assert.deepEqual([run?.state, run?.effects[0]?.attempts], ['finished', 1])
    assert.equal(run?.startedAt, '1970-01-01T00:00:01.000Z')
  })

  test('is listed as changed once for all that happened since the last look', async (t) => {
    let now = 1000
    const { history } = await openTestHistory(t, { now: () => now })
    history.observation(inRun('inv_1', { kind: 'run started' }))
    const first = await history.ask((db) => changedRuns(db, { after: { at: 0, id: '' }, limit: 10 }))
    now = 2000
    history.observation(inRun('inv_1', waiting))
    history.observation(inRun('inv_1', { kind: 'run finished' }))

    const second = await history.ask((db) => changedRuns(db, { after: first.next, limit: 10 }))
    const third = await history.ask((db) => changedRuns(db, { after: second.next, limit: 10 }))

    assert.deepEqual(
      [first, second, third].map(({ items }) => items.map(({ state }) => state)),
      [['running'], ['finished'], []],
    )
  })
})

describe('a delivery', () => {
  test('of a known fact names the delivery that told it first', async (t) => {
    const { history } = await openTestHistory(t)
    const events = [{ id: 'e1', kind: 'splunk.alert', state: 'accepted' as const }]
    const again = [{ id: 'e1', kind: 'splunk.alert', state: 'duplicate' as const }]
    history.delivery(delivery(1, { events }))
    history.event('e1', () => event('e1', { delivery: uuid(1), verdicts: [{ automation: 'a', unmet: ['x is "y"'] }] }))
    history.delivery(delivery(2, { state: 'duplicate', events: again }))

    const [first, second] = await Promise.all([1, 2].map((n) => history.ask((db) => showDelivery(db, uuid(n)))))

    assert.equal(first?.events[0]?.toldBy, undefined)
    assert.deepEqual(second?.events[0]?.toldBy, { delivery: uuid(1), receivedAt: first?.receivedAt })
    assert.deepEqual(first?.events[0]?.verdicts, [{ automation: 'a', unmet: ['x is "y"'] }])
  })

  test('that is filled in does not change one that was recorded when it came', async (t) => {
    const { history } = await openTestHistory(t)
    const fact = (id: string) => ({ id, kind: 'splunk.alert', state: 'accepted' as const })
    const [one, two, three] = ['a1', 'b2', 'c3'].map((id) => id.padEnd(64, '0'))
    assert.ok(one && two && three)
    history.delivery(delivery(1, { events: [fact(one), fact(two)] }))
    await history.ask(async () => undefined)
    const { ms: _ms, ...unmeasured } = delivery(1)
    const filled = [unmeasured, { ...unmeasured, id: uuid(2) }].flatMap((each) =>
      [one, two, three].map((id) => ({ kind: 'delivery' as const, at: 1, delivery: { ...each, events: [fact(id)] } })),
    )

    for (const entry of [...filled, ...filled]) await history.fillIn([entry])

    const { items } = await history.ask((db) => listDeliveries(db, { limit: 5 }))
    assert.deepEqual(Object.fromEntries(items.map(({ id, events }) => [id, events])), { [uuid(1)]: 2, [uuid(2)]: 3 })
    const shown = await history.ask((db) => showDelivery(db, uuid(2)))
    assert.deepEqual([shown?.isFilledIn, shown?.events.length], [true, 3])
  })
})

describe('findValue', () => {
  test('finds a value in any case and defanged, and the key of a ticket', async (t) => {
    const { history } = await openTestHistory(t)
    const ticket = { id: '1', key: 'SEC-1', url: 'https://jira.example/browse/SEC-1' }
    history.event('e1', () => event('e1', { observables: [{ kind: 'user', value: 'MLisa' }] }))
    history.event('e2', () => event('e2', { ticket, observables: [{ kind: 'url', value: 'hxxp://evil[.]example' }] }))
    history.event('e3', () => event('e3', { observables: [{ kind: 'user', value: 'other' }] }))
    const found = async (value: string) =>
      (await history.ask((db) => findValue(db, value, { limit: 10 }))).items.map((each) => [each.event.id, ...each.as])

    assert.deepEqual(await found('mlisa'), [['e1', { kind: 'user', written: 'MLisa' }]])
    assert.deepEqual(await found('http://EVIL.example'), [['e2', { kind: 'url', written: 'hxxp://evil[.]example' }]])
    assert.deepEqual(await found('sec-1'), [['e2', { kind: 'ticket', written: 'SEC-1' }]])
    assert.deepEqual(await found('mli'), [])
  })

  test('pages through the events that have a value, each once', async (t) => {
    const { history } = await openTestHistory(t, { now: () => 1000 })
    const observables = [
      { kind: 'user', value: 'mlisa' },
      { kind: 'account', value: 'MLISA' },
    ]
    for (let number = 0; number < 7; number += 1)
      history.event(`e${number}`, () => event(`e${number}`, { observables }))
    const seen: string[] = []
    let after: Cursor | undefined

    do {
      const page = await history.ask((db) => findValue(db, 'mlisa', { limit: 3, after }))
      seen.push(...page.items.map((each) => each.event.id))
      after = page.next
    } while (after !== undefined)

    assert.deepEqual(seen, ['e6', 'e5', 'e4', 'e3', 'e2', 'e1', 'e0'])
  })
})

describe('deleteExpired', () => {
  test('deletes what is older and leaves what still runs, with its event', async (t) => {
    let now = 1000
    const { history } = await openTestHistory(t, { now: () => now })
    const receivedAt = new Date(now).toISOString()
    for (let number = 0; number < 1200; number += 1) history.delivery(delivery(number, { receivedAt }))
    for (const id of ['e1', 'e2']) history.event(id, () => event(id, { observables: [{ kind: 'user', value: id }] }))
    history.observation(inRun('inv_1', { ...opening, result: 'done', effect: 'made' }))
    history.observation(inRun('inv_1', { kind: 'run finished' }))
    history.observation(inRun('inv_2', { kind: 'run started' }, { event: 'e2' }))
    await history.ask(async () => undefined)
    now = 5000
    history.delivery(delivery(5000))

    const rows = await history.ask((db) => deleteExpired(db, 4000))

    assert.equal(rows, 1200 + 2)
    const left = await history.ask(async (db) => ({
      deliveries: (await listDeliveries(db, { limit: 5 })).items.map(({ id }) => id),
      runs: (await listRuns(db, { limit: 5 })).items.map(({ id }) => id),
      effects: (await db.selectFrom('effects').selectAll().execute()).length,
      observables: (await db.selectFrom('observables').select('value').execute()).map(({ value }) => value),
    }))
    assert.deepEqual(left, { deliveries: [uuid(5000)], runs: ['inv_2'], effects: 0, observables: ['e2'] })
  })
})

describe('resolveId', () => {
  test('finds a run by how its id begins, unless several do', async (t) => {
    const { history } = await openTestHistory(t)
    for (const id of ['inv_1abc', 'inv_1abd', 'inv_1']) history.observation(inRun(id, { kind: 'run started' }))
    const resolved = (start: string) => history.ask((db) => resolveId(db, 'runs', start))

    assert.deepEqual(await resolved('inv_1abc'), { kind: 'one', id: 'inv_1abc' })
    assert.deepEqual(await resolved('inv_1abd'), { kind: 'one', id: 'inv_1abd' })
    assert.deepEqual(await resolved('inv_1'), { kind: 'one', id: 'inv_1' })
    assert.deepEqual(await resolved('inv_1ab'), { kind: 'several' })
    assert.deepEqual(await resolved('inv_2'), { kind: 'none' })
  })
})

describe('effectOnRerun', () => {
  const cases = [
    ['made', 'by marker', 'found again'],
    ['found', 'by key', 'found again'],
    ['unknown', 'by marker', 'looked for first'],
    ['made', 'by state', 'looked at first'],
    ['made', 'at least once', 'will repeat'],
    ['made', undefined, 'will repeat'],
    ['intended', 'by marker', 'looked for first'],
    ['intended', 'by key', 'will be made'],
    ['unknown', 'by key', 'will be made'],
    ['intended', 'at least once', 'will repeat'],
    ['refused', 'at least once', 'will be made'],
  ] as const
  for (const [state, once, expected] of cases) {
    test(`says "${expected}" of an effect that is ${state}, once ${once ?? 'unrecorded'}`, () => {
      assert.equal(effectOnRerun({ state, ...(once === undefined ? {} : { once }) }), expected)
    })
  }
})
