import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { notebook } from '../../test/automations/notebook.ts'
import { closeBeforeRemoval, dataFolder } from '../../test/engine/data-folder.ts'
import { until } from '../../test/support/until.ts'
import type { AdderEvent } from '../automations/event.ts'
import { eventIdentity } from '../automations/event-identity.ts'
import type { TicketCreated } from '../automations/ticket-events.ts'
import { found } from '../connectors/outcome.ts'
import type { Tried } from '../engine/attempts.ts'
import { defaultPolicy, startEngine } from '../engine/engine.ts'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { Ticketing, TicketRef } from '../tickets/ticketing.ts'
import { engineCommit } from './engine-commit.ts'

const marker = 'adder-0123456789abcdef01234567'

/** An engine of a process that knows of no effect yet, and one ticket that an earlier process opened. */
async function setUp(t: TestContext, port: Ticketing = notebook().port, recorded?: TicketRef) {
  const accepted: AdderEvent[] = []
  const folder = dataFolder(t)
  const engine = await startEngine<AdderEvent>({
    dataFolder: folder,
    programs: {
      matching: (event) => {
        accepted.push(event)
        return []
      },
      program: () => undefined,
    },
    policy: defaultPolicy,
    retentionDays: 1,
    observe: () => undefined,
    log: () => undefined,
  })
  closeBeforeRemoval(folder, () => engine.close())
  const call = { signal: t.signal, marker, intendedAt: new Date().toISOString() }
  const original = await port.effects.open.make({ summary: 'Odd login' }, call)
  return {
    engine,
    accepted,
    original,
    commit: engineCommit(() => engine, { ticketing: port, openedUnder: async () => recorded }),
  }
}

function created(ticket: TicketRef): AdderEvent {
  const facts = { summary: 'Odd login', description: '', labels: [marker], project: 'NB', type: 'Note' }
  return {
    kind: 'ticket.created',
    id: eventIdentity('ticket.created', ['notebook.example', ticket.id]),
    at: new Date().toISOString(),
    source: 'notebook',
    data: { ticket, marker, ...facts },
  }
}

const copy: TicketRef = { id: '77', key: 'NB-77', url: 'https://notebook.example/NB-77' }

describe('the word of a webhook about a ticket with a marker that this process does not know', {
  concurrency: true,
}, () => {
  test('starts what a person’s ticket starts, where the ticket is a copy', async (t) => {
    const { engine, accepted, commit } = await setUp(t)

    const receipt = await commit(created(copy))

    assert.deepEqual(receipt, { state: 'accepted' })
    await until('the copy is in', () => accepted.length > 0)
    const { marker: none, ...data } = created(copy).data as { marker: string } // made above
    assert.deepEqual(
      accepted.map((event) => event.data),
      [data],
    )
    assert.equal(engine.memory.recall(marker), undefined)
  })

  test('tells the run that opened the ticket that it is there, and starts nothing for now', async (t) => {
    const { engine, accepted, original, commit } = await setUp(t)

    const receipt = await commit(created(original))

    assert.deepEqual(receipt, { state: 'duplicate' })
    assert.deepEqual(await engine.memory.recall(marker), { kind: 'done', value: original, effect: 'found' })
    assert.deepEqual(accepted, [])
  })

  test('is held back for a day, so that its run may speak late', async (t) => {
    const { engine, original, commit } = await setUp(t)

    await commit(created(original))

    const sql = 'SELECT id, target, status, scheduled_at, scheduled_start_at AS at FROM sys_invocation'
    const at = await until('it is scheduled', async () => (await engine.admin.query<{ at?: string }>(sql))[0]?.at)
    assert.ok(Date.parse(at) > Date.now() + 23 * 60 * 60 * 1000, at)
  })

  test('is not taken in where the ticketing system does not say who made the ticket', async (t) => {
    const { port } = notebook()
    const isMadeBy = async () => {
      throw new ConnectorUnavailable('Notebook: nobody listens there', { mayHaveHappened: false })
    }
    const { engine, accepted, commit } = await setUp(t, { ...port, lookups: { ...port.lookups, isMadeBy } })

    await assert.rejects(commit(created(copy)), { code: 'engine.unavailable' })

    assert.equal(engine.memory.recall(marker), undefined)
    assert.deepEqual(accepted, [])
  })

  test('does not wait for a ticketing system that hangs', async (t) => {
    const { port } = notebook()
    const isMadeBy: Ticketing['lookups']['isMadeBy'] = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const { engine, commit } = await setUp(t, { ...port, lookups: { ...port.lookups, isMadeBy } })

    const startedAt = performance.now()
    await assert.rejects(commit(created(copy)), { code: 'engine.unavailable' })

    assert.ok(performance.now() - startedAt < 8000)
    assert.equal(engine.memory.recall(marker), undefined)
  })
})

describe('the word of a webhook about a second ticket that was made under one marker', { concurrency: true }, () => {
  const second: TicketRef = { id: '99', key: 'NB-99', url: 'https://notebook.example/NB-99' }
  /** A ticketing system that says so of every ticket. */
  function generous(): Ticketing {
    const { port } = notebook()
    return { ...port, lookups: { ...port.lookups, isMadeBy: async () => found(true) } }
  }

  test('is reported with the ticket that this process opened', async (t) => {
    const { engine, accepted, original, commit } = await setUp(t, generous())
    engine.memory.sight(marker, original)

    const receipt = await commit(created(second))

    assert.deepEqual(receipt, { state: 'duplicate' })
    await until('it is reported', () => accepted.length > 0)
    assert.deepEqual(
      accepted.map(({ kind, data }) => ({ kind, data })),
      [{ kind: 'ticket.doubled', data: { ticket: original, other: second, marker } }],
    )
    assert.deepEqual(await engine.memory.recall(marker), { kind: 'done', value: original, effect: 'found' })
  })

  test('is reported once, whichever of the two is told of and however often', async (t) => {
    const first: TicketRef = { id: '98', key: 'NB-98', url: 'https://notebook.example/NB-98' }
    const one = await setUp(t, generous(), first)
    const other = await setUp(t, generous(), second)

    await Promise.all([one.commit(created(second)), one.commit(created(second)), other.commit(created(first))])

    await until('both are reported', () => one.accepted.length > 0 && other.accepted.length > 0)
    const ids = [...one.accepted, ...other.accepted].map(({ id }) => id)
    assert.equal(new Set(ids).size, 1)
  })

  test('tells the run of its own ticket where the history has just that one', async (t) => {
    const { engine, accepted, commit } = await setUp(t, generous(), second)

    await commit(created(second))

    assert.deepEqual(await engine.memory.recall(marker), { kind: 'done', value: second, effect: 'found' })
    assert.deepEqual(accepted, [])
  })
})

describe('the word of a webhook while the call that opens the ticket is under way', { concurrency: true }, () => {
  test('is answered at once, and starts what a person’s ticket starts when the call has made another ticket', async (t) => {
    const { engine, accepted, original, commit } = await setUp(t)
    const opening = Promise.withResolvers<Tried<TicketRef>>()
    const write = engine.memory.write(marker, () => opening.promise)

    const receipt = await commit(created(copy))
    const acceptedBefore = accepted.length
    opening.resolve({ kind: 'done', value: original })
    await write

    assert.deepEqual([receipt, acceptedBefore], [{ state: 'duplicate' }, 0])
    await until('the copy is in', () => accepted.length > 0)
    const [told] = accepted.map(({ data }) => data as TicketCreated) // made above
    assert.deepEqual([told?.ticket, told?.marker], [copy, undefined])
  })

  test('tells the run that its ticket is there when the call gets no answer', async (t) => {
    const { engine, accepted, original, commit } = await setUp(t)
    const opening = Promise.withResolvers<Tried<TicketRef>>()
    const write = engine.memory.write(marker, () => opening.promise)

    await commit(created(original))
    opening.resolve({ kind: 'unsure', code: 'connector.unavailable', reason: 'cut', answered: false, underWayMs: 0 })
    await write

    await until('the run can know', () => engine.memory.recall(marker) !== undefined)
    assert.deepEqual(await engine.memory.recall(marker), { kind: 'done', value: original, effect: 'found' })
    assert.deepEqual(accepted, [])
  })
})
