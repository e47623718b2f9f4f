import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Logger, pino } from 'pino'
import * as z from 'zod'
import type { AdderEvent } from '../automations/event.ts'
import { Problem } from '../endpoints/problem.ts'
import { secret } from '../secrets/secret.ts'
import { capture } from './capture.ts'
import type { Commit } from './commit-events.ts'
import type { DeliveryRecord } from './delivery.ts'
import { type IntakeOptions, intake } from './intake.ts'
import { payloadReader } from './read-payload.ts'
import type { SourceDefinition } from './source.ts'

const card = '4111 1111 1111 1111'
const today = new Date('2026-06-30T12:00:00Z')

const Alarms = z.object({
  alarms: z.array(z.object({ id: z.string(), at: z.iso.datetime(), text: z.string(), card: z.string().optional() })),
})
type Alarms = z.infer<typeof Alarms>

/** Several events in one delivery, named by the sender in a header. */
const alarmSource: SourceDefinition<Alarms> = {
  name: 'alarms',
  integration: 'alarms',
  docs: 'https://alarms.example/docs',
  maxBytes: 1024,
  authentication: { kind: 'url-token', secrets: secret('ADDER_TEST_INTAKE_UNUSED') },
  schema: Alarms,
  deliveryId: (headers) => headers['x-delivery']?.toString(),
  events: ({ alarms }) =>
    alarms.map((data) => ({ kind: 'alarm', identity: [data.id, data.text], at: new Date(data.at), data })),
  keeps: (path) => path[0] === 'id',
}

function alarm(id: string, more: Partial<Alarms['alarms'][number]> = {}) {
  return { id, at: '2026-06-30T11:59:00Z', text: 'Door open', ...more }
}

/** An engine that commits to memory. */
function memoryEngine() {
  const events = new Map<string, AdderEvent>()
  const commit: Commit = async (event) => {
    const state = events.has(event.id) ? 'duplicate' : 'accepted'
    if (state === 'accepted') events.set(event.id, event)
    return { state, runId: `run-${event.id}` }
  }
  return { commit, committed: () => [...events.values()] }
}

function opened({ source = alarmSource, ...options }: Partial<IntakeOptions> & { source?: SourceDefinition } = {}) {
  const engine = memoryEngine()
  const records: DeliveryRecord[] = []
  const lines: Record<string, unknown>[] = []
  const log: Logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  const taken = intake({
    commit: engine.commit,
    redactions: ['payment-card'],
    deliveries: { record: (delivery) => void records.push(delivery) },
    now: () => today,
    log,
    ...options,
  })
  const read = payloadReader(source)
  const receive = (body: unknown, headers: Record<string, string> = {}) =>
    taken.receive({
      id: randomUUID(),
      source,
      read,
      headers: { 'content-type': 'application/json', ...headers },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    })
  return { ...engine, records, lines, receive }
}

function states(receipt: { events: { state: string }[] }): string[] {
  return receipt.events.map(({ state }) => state)
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Problem, `no problem but ${String(error)}`)
  return error
}

describe('intake', () => {
  test('commits each event of a delivery under the identity of its fact', async () => {
    const { receive, committed } = opened()

    const receipt = await receive({ alarms: [alarm('1'), alarm('2')] })

    assert.deepEqual(states(receipt), ['accepted', 'accepted'])
    assert.deepEqual(
      committed().map(({ kind, id, at, source, data }) => ({ kind, id, at, source, data })),
      [alarm('1'), alarm('2')].map((data, index) => ({
        kind: 'alarm',
        id: receipt.events[index]?.id,
        at: '2026-06-30T11:59:00.000Z',
        source: 'alarms',
        data,
      })),
    )
  })

  test('takes the same fact twice in one delivery as one event', async () => {
    const { receive, committed } = opened()

    const receipt = await receive({ alarms: [alarm('1'), alarm('1')] })

    assert.deepEqual(states(receipt), ['accepted'])
    assert.equal(committed().length, 1)
  })

  test('tells which events of a repeated delivery were known', async () => {
    const { receive, records } = opened()
    await receive({ alarms: [alarm('1')] }, { 'x-delivery': 'd-1' })

    const again = await receive({ alarms: [alarm('1')] }, { 'x-delivery': 'd-1' })
    const more = await receive({ alarms: [alarm('1'), alarm('2')] })

    assert.deepEqual([states(again), states(more)], [['duplicate'], ['duplicate', 'accepted']])
    assert.deepEqual(
      records.map(({ state, senderId }) => [state, senderId]),
      [
        ['accepted', 'd-1'],
        ['duplicate', 'd-1'],
        ['accepted', undefined],
      ],
    )
  })

  test('commits one of ten copies that arrive at once', async () => {
    const { receive, committed } = opened()

    const receipts = await Promise.all(Array.from({ length: 10 }, () => receive({ alarms: [alarm('1')] })))

    assert.equal(receipts.flatMap(states).filter((state) => state === 'accepted').length, 1)
    assert.equal(committed().length, 1)
  })

  test('accepts a delivery without events', async () => {
    const { receive, records } = opened()

    const receipt = await receive({ alarms: [] })

    assert.deepEqual(receipt.events, [])
    assert.equal(records[0]?.state, 'accepted')
  })

  test('starts nothing for an event older than the retention less a day, and says so', async () => {
    const { receive, records, committed } = opened()
    const old = alarm('1', { at: '2026-06-01T11:59:59Z' })

    const receipt = await receive({ alarms: [old] })

    assert.deepEqual(states(receipt), ['stale'])
    assert.deepEqual(committed(), [])
    assert.deepEqual(
      records.map(({ state, events }) => [state, events]),
      [['stale', receipt.events]],
    )
  })

  test('takes an event that is just within the retention, and one from the future', async () => {
    const { receive } = opened()

    const receipt = await receive({
      alarms: [alarm('1', { at: '2026-06-01T12:00:00Z' }), alarm('2', { at: '2036-01-01T00:00:00Z' })],
    })

    assert.deepEqual(states(receipt), ['accepted', 'accepted'])
  })

  test('masks what must not be stored, but not in what the source keeps', async () => {
    const { receive, committed } = opened()

    await receive({ alarms: [alarm('4111111111111111', { card })] })

    assert.deepEqual(committed()[0]?.data, alarm('4111111111111111', { card: '[redacted payment-card]' }))
  })

  test('tells two facts apart that redaction makes alike', async () => {
    const { receive, committed } = opened()

    await receive({ alarms: [alarm('1', { text: card }), alarm('1', { text: '5500 0000 0000 0004' })] })

    assert.deepEqual(
      committed().map(({ data }) => data),
      [alarm('1', { text: '[redacted payment-card]' }), alarm('1', { text: '[redacted payment-card]' })],
    )
  })

  test('keeps a misshapen delivery, redacted, and names each wrong field without its value', async () => {
    const { receive, records, committed } = opened()
    const body = { alarms: [alarm('1'), { id: 7, at: 'noon', text: card }] }

    const problem = await problemOf(receive(body, { authorization: 'Bearer x', 'x-delivery': 'd-1' }))

    assert.equal(problem.status, 422)
    assert.deepEqual(
      problem.errors?.map(({ field, got }) => [field, got]),
      [
        ['alarms[1].id', 'a number'],
        ['alarms[1].at', 'a string of 4 characters'],
      ],
    )
    assert.match(problem.message, /body alarms\[1\]\.id: expected a string, got a number/)
    assert.deepEqual(committed(), [])
    assert.deepEqual(records[0]?.content, {
      headers: { 'content-type': 'application/json', authorization: '[redacted]', 'x-delivery': 'd-1' },
      body: { alarms: [alarm('1'), { id: 7, at: 'noon', text: '[redacted payment-card]' }] },
    })
  })

  test('checks the body with what its headers say, and keeps the body alone', async () => {
    const named: SourceDefinition<Alarms> = {
      ...alarmSource,
      withHeaders: (body, headers) => ({ ...Object(body), alarms: headers['x-alarms'] === 'none' ? [] : undefined }),
    }
    const { receive, records } = opened({ source: named })

    const receipt = await receive({}, { 'x-alarms': 'none' })
    const thrown = await problemOf(receive({ note: 'x' }))

    assert.deepEqual([receipt.events, thrown.status], [[], 422])
    assert.deepEqual(records.at(-1)?.content?.body, { note: 'x' })
  })

  test('keeps what is not JSON as redacted text', async () => {
    const { receive, records } = opened()

    const problem = await problemOf(receive(`{"alarms": ${card}`))

    assert.equal(problem.status, 400)
    assert.deepEqual(
      records.map(({ state, check, content }) => [state, check, content?.body]),
      [['kept', 'json', '{"alarms": [redacted payment-card]']],
    )
  })

  test('answers 503 when an event can not be committed, keeps the delivery, and the rest is in', async () => {
    const engine = memoryEngine()
    let isDown = true
    const { receive, records } = opened({
      commit: (event) =>
        isDown && event.kind === 'alarm' && (event.data as Alarms['alarms'][0]).id === '2'
          ? Promise.reject(new Error('the engine is away'))
          : engine.commit(event),
    })
    const body = { alarms: [alarm('1'), alarm('2'), alarm('3')] }

    const problem = await problemOf(receive(body))
    isDown = false
    const again = await receive(body)

    assert.equal(problem.status, 503)
    assert.equal(problem.headers['retry-after'], '5')
    assert.doesNotMatch(problem.message, /engine is away/)
    assert.deepEqual(states(again), ['duplicate', 'accepted', 'duplicate'])
    assert.deepEqual(
      records.map(({ state, check, content }) => [state, check, content?.body]),
      [
        ['kept', 'engine', body],
        ['accepted', undefined, undefined],
      ],
    )
  })

  test('keeps a delivery whose source can not make events of it', async () => {
    const fault = new Error('a fault in the source')
    const source: SourceDefinition<Alarms> = {
      ...alarmSource,
      events: () => {
        throw fault
      },
    }
    const { receive, records } = opened({ source })

    await assert.rejects(receive({ alarms: [] }), fault)

    assert.deepEqual(
      records.map(({ state, check }) => [state, check]),
      [['kept', 'events']],
    )
  })

  test('answers the same where the delivery can not be recorded, and logs that', async () => {
    const { receive, lines } = opened({ deliveries: { record: () => Promise.reject(new Error('disk full')) } })

    const receipt = await receive({ alarms: [alarm('1')] })

    assert.deepEqual(states(receipt), ['accepted'])
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['delivery', 'a delivery could not be recorded'],
    )
  })

  test('asks for what can be neither read nor kept to be sent again', async () => {
    const { receive } = opened({ deliveries: { record: () => Promise.reject(new Error('disk full')) } })

    const { status, code, headers } = await problemOf(receive('{"alarms":'))

    assert.deepEqual([status, code, headers], [503, 'intake.not_kept', { 'retry-after': '60' }])
  })

  test('logs one line for each delivery, without its content', async () => {
    const { receive, lines } = opened()

    await receive({ alarms: [alarm('1'), alarm('2')] })
    await problemOf(receive({ alarms: 'secret text' }))

    assert.deepEqual(
      lines.map(({ level, msg, source, state, events, check }) => ({ level, msg, source, state, events, check })),
      [
        { level: 30, msg: 'delivery', source: 'alarms', state: 'accepted', events: 2, check: undefined },
        { level: 40, msg: 'delivery', source: 'alarms', state: 'kept', events: 0, check: 'shape' },
      ],
    )
    assert.equal(typeof lines[0]?.ms, 'number')
    assert.match(String(lines[1]?.reason), /^body alarms: expected a list, got a string/)
    assert.doesNotMatch(JSON.stringify(lines), /secret text|Door/)
  })
})

describe('capture', () => {
  test('writes every authentic delivery as one redacted file that only its owner can read', async () => {
    const folder = join(await mkdtemp(join(tmpdir(), 'adder-capture-')), 'captured')
    after(() => rm(join(folder, '..'), { recursive: true }))
    process.env.ADDER_TEST_INTAKE_CAPTURE = 'xyzzy-plugh-plover'
    after(() => delete process.env.ADDER_TEST_INTAKE_CAPTURE)
    secret('ADDER_TEST_INTAKE_CAPTURE')
    const { receive } = opened({ capture: capture(folder) })

    await receive({ alarms: [alarm('1', { card, text: 'xyzzy-plugh-plover' })] }, { cookie: 'a=1' })
    await problemOf(receive('not JSON'))

    const names = await readdir(folder)
    for (const name of names) assert.match(name, /^2026-06-30T12-00-00\.000Z-alarms-[0-9a-f]{8}\.json$/)
    const files = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))))
    assert.deepEqual(
      new Map(files.map(({ headers, body }) => [headers.cookie, body])),
      new Map<unknown, unknown>([
        ['[redacted]', { alarms: [alarm('1', { card: '[redacted payment-card]', text: '[secret]' })] }],
        [undefined, 'not JSON'],
      ]),
    )
    assert.equal((await stat(join(folder, names[0] ?? ''))).mode & 0o777, 0o600)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
  })

  test('does not stand in the way of a delivery when it fails', async () => {
    const { receive, lines } = opened({ capture: () => Promise.reject(new Error('disk full')) })

    const receipt = await receive({ alarms: [alarm('1')] })

    assert.deepEqual(states(receipt), ['accepted'])
    assert.equal(lines[0]?.msg, 'a delivery could not be captured')
  })
})
