import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { rtPerson } from '../../../test/support/request-tracker-under-test.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { source } from './source.ts'
import { startRequestTracker } from './stand-in.ts'

const token = secret('ADDER_TEST_RT_SOURCE_TOKEN')
const call = () => ({ signal: AbortSignal.timeout(10_000) })
const { schema, events, deliveryId, keeps } = source({ url: 'https://rt.acme.example/', secret: token })

/** As the scrip of docs/sources.md on RT 5.0.3 sent it; test/real/request-tracker.test.ts has it send such ones. */
const delivery = {
  ticket: {
    id: 7,
    subject: 'Odd login',
    description: { type: 'text/html', content: '<!-- x --><p>user: <b>mlisa</b></p>' },
    queue: 'Security',
    status: 'open',
    creator: { name: 'robin', realName: 'Robin Vega', email: '' },
    created: '2026-11-29T06:29:40Z',
    labels: ['mock-scan'],
    effect: null,
  },
  transaction: {
    id: '45',
    type: 'Create',
    field: '',
    old: null,
    new: null,
    closes: false,
    text: null,
    created: '2026-11-29T06:30:10Z',
    creator: { name: 'robin', realName: 'Robin Vega', email: 'robin@acme.example' },
  },
}

function eventsIn(transaction: Record<string, unknown>, ticket: Record<string, unknown> = {}) {
  const body = { ticket: { ...delivery.ticket, ...ticket }, transaction: { ...delivery.transaction, ...transaction } }
  return events(schema.parse(body), {})
}

function commentIn(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'comment' in data ? data.comment : undefined
}

const facts = {
  ticket: { id: '7', key: '#7', url: 'https://rt.acme.example/Ticket/Display.html?id=7' },
  summary: 'Odd login',
  description: 'user: mlisa',
  labels: ['mock-scan'],
  project: 'Security',
  type: 'ticket',
  status: 'open',
  reporter: { id: 'robin', name: 'Robin Vega' },
}

describe('what the scrip sends', () => {
  test('is a created ticket', () => {
    assert.deepEqual(eventsIn({}), [
      {
        kind: 'ticket.created',
        identity: ['rt.acme.example', '7'],
        at: new Date('2026-11-29T06:29:40Z'),
        data: facts,
      },
    ])
  })

  test('tells the marker of a ticket that Adder opened, and of nothing else', () => {
    const marker = `adder-${'a'.repeat(24)}`

    const [ours, other] = [marker, 'written by hand'].flatMap((effect) => eventsIn({}, { effect }))

    assert.deepEqual([ours?.data, other?.data], [{ ...facts, marker }, facts])
  })

  test('is a change, with who made it', () => {
    const changed = eventsIn({ type: 'CustomField', field: 'Alert type', old: '', new: 'Phishing' })

    const actor = { id: 'robin', name: 'Robin Vega', email: 'robin@acme.example' }
    const changes = [{ field: 'Alert type', from: null, to: 'Phishing' }]
    const at = new Date('2026-11-29T06:30:10Z')
    const identity = ['rt.acme.example', '7', '45']
    assert.deepEqual(changed, [{ kind: 'ticket.updated', identity, at, data: { ...facts, changes, actor } }])
  })

  test('is a closing beside the change where it closed the ticket', () => {
    const status = { type: 'Status', field: 'Status', old: 'open', new: 'resolved', closes: true }

    const [updated, closed, ...more] = eventsIn(status, { status: 'resolved' })

    assert.deepEqual([updated?.kind, closed?.kind, more], ['ticket.updated', 'ticket.closed', []])
    assert.deepEqual(closed?.data, { ...(updated?.data as object), resolution: 'resolved' }) // events' data are objects
  })

  for (const type of ['Comment', 'Correspond'])
    test(`is a comment where it is a ${type}`, () => {
      const [commented, ...more] = eventsIn({ type, text: { type: 'text/plain', content: 'so\r\nit is\n' } })

      assert.deepEqual(
        [commented?.kind, commented?.identity, more],
        ['ticket.commented', ['rt.acme.example', '45'], []],
      )
      assert.deepEqual(commentIn(commented?.data), { id: '45', body: 'so\nit is' })
    })

  test('is nothing where it is neither', () => {
    assert.deepEqual(eventsIn({ type: 'EmailRecord' }), [])
  })

  test('is called by its transaction, and its ids are not redacted', () => {
    assert.equal(deliveryId({}, schema.parse(delivery)), '45')
    assert.deepEqual([keeps?.(['ticket', 'id']), keeps?.(['summary'])], [true, false])
  })

  for (const [what, body] of [
    ['no ticket', { transaction: delivery.transaction }],
    ['an id that is none', { ...delivery, ticket: { ...delivery.ticket, id: '../7' } }],
    ['a time that is none', { ...delivery, transaction: { ...delivery.transaction, created: 'now' } }],
    ['a list', [delivery]],
  ] as const)
    test(`is refused with ${what}`, () => {
      assert.equal(schema.safeParse(body).success, false)
    })

  test('comes from an address that a token may be sent to', () => {
    assert.throws(() => source({ url: 'http://rt.acme.example', secret: token }), ConfigError)
  })
})

describe("the sweep of Request Tracker's tickets", () => {
  async function rtAndSweep(t: TestContext, { query = "Queue = 'Security'", now = Date.now } = {}) {
    const rt = await startRequestTracker({ now })
    t.after(() => rt.close())
    process.env.ADDER_TEST_RT_SOURCE_TOKEN = rt.tokens.adder
    const { sweep } = source({ url: rt.url, secret: token, sweep: { token, query } })
    const person = rtPerson({ url: rt.url, token: rt.tokens.person })
    return { rt, person, sweep: sweep?.connect() ?? assert.fail() }
  }

  async function read(listed: { read(next: typeof call): AsyncIterable<readonly unknown[]> }): Promise<unknown[]> {
    const all: unknown[] = []
    for await (const payloads of listed.read(call)) all.push(...payloads)
    return all
  }

  test('tells of tickets as the scrip does, over pages', async (t) => {
    const { rt, person, sweep } = await rtAndSweep(t)
    for (let more = 1; more <= 102; more++) await person.create({ Subject: `number ${more}`, Content: '\nuser: x\n' })
    await person.change('1', { CustomFields: { AdderLabels: ['a', 'b'] } })

    const listed = await sweep.list(new Date(Date.now() - 60_000), call)

    assert.equal(listed.length, 102)
    const [payload, ...others] = await read(listed[0] ?? assert.fail())
    const [event] = source({ url: rt.url, secret: token }).events(schema.parse(payload), {})
    assert.deepEqual([event?.kind, event?.identity.at(-1), others], ['ticket.created', '1', []])
    assert.deepEqual(event?.data, {
      ticket: { id: '1', key: '#1', url: `${rt.url}/Ticket/Display.html?id=1` },
      ...{ summary: 'number 1', description: 'user: x', labels: ['a', 'b'], project: 'Security', type: 'ticket' },
      ...{ status: 'new', reporter: { id: 'robin' } },
    })
  })

  test('leaves out what is older', async (t) => {
    let now = Date.now() - 600_000
    const { person, sweep } = await rtAndSweep(t, { now: () => now })
    await person.create({ Subject: 'old' })
    now = Date.now()
    await person.create({ Subject: 'new' })

    const listed = await sweep.list(new Date(Date.now() - 60_000), call)

    assert.deepEqual(
      listed.map(({ id }) => id),
      ['2'],
    )
  })

  test('says that a ticket is gone which was deleted after it was listed', async (t) => {
    const { person, sweep } = await rtAndSweep(t)
    await person.create({ Subject: 'x' })
    const [listed] = await sweep.list(new Date(Date.now() - 60_000), call)

    await person.change('1', { Status: 'deleted' })

    await assert.rejects(read(listed ?? assert.fail()), ListedIsGone)
  })

  test('tells by its probe that the search is none', async (t) => {
    const { sweep } = await rtAndSweep(t, { query: 'Queue is Security' })

    await assert.rejects(sweep.probe(call), ConnectorRefused)
  })

  test('is refused at once without a search, and for too short a rest', () => {
    assert.throws(
      () => source({ url: 'https://rt.acme.example', secret: token, sweep: { token, query: ' ', every: '0s' } }),
      (error) => error instanceof ConfigError && error.faults.length === 2,
    )
  })
})
