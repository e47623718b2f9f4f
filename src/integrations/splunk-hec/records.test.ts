import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import type { OutgoingRecord } from '../../connectors/records.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { records, type SplunkHecRecordsOptions } from './records.ts'
import { startSplunkHec } from './stand-in.ts'

const call = { signal: AbortSignal.timeout(10_000) }
const run: OutgoingRecord = { kind: 'run', id: 'inv_1', at: 1793613600250, body: { run: 'inv_1', state: 'finished' } }
const delivery: OutgoingRecord = { kind: 'delivery', id: 'd1', at: 1793613600000, body: { delivery: 'd1' } }
/** Splunk takes no null for an event, and this stand-in for it neither. */
const bad = { kind: 'run', id: 'inv_2', at: 1793613600000, body: null } as unknown as OutgoingRecord

async function hec(t: TestContext, options: Partial<SplunkHecRecordsOptions> = {}) {
  const standIn = await startSplunkHec()
  t.after(() => standIn.close())
  const port = records({ url: standIn.url, token: secretOf(t, standIn.token), ...options }).connect()
  return { standIn, port }
}

test('sends records in one request, each with its id in an indexed field', async (t) => {
  const { standIn, port } = await hec(t, { index: 'security', host: 'adder-1' })

  assert.deepEqual(await port.send([run, delivery], call), [])

  const same = { source: 'adder', host: 'adder-1', index: 'security' }
  assert.deepEqual(standIn.events(), [
    { event: run.body, time: 1793613600.25, sourcetype: 'adder:run', ...same, fields: { adder_record: 'inv_1' } },
    { event: delivery.body, time: 1793613600, sourcetype: 'adder:delivery', ...same, fields: { adder_record: 'd1' } },
  ])
  assert.equal(standIn.requests.length, 1)
})

test('tells which of them the collector refuses for what they are, and sends the others', async (t) => {
  const { standIn, port } = await hec(t)

  const refused = await port.send([run, bad, delivery], call)

  assert.deepEqual(refused, [{ record: bad, reason: 'Invalid data format (6)' }])
  const sent = new Set(standIn.events().map(({ fields }) => fields?.adder_record))
  assert.deepEqual(sent, new Set(['inv_1', 'd1']))
})

test('says what the collector says of an index that the token may not write to, and gives nothing up', async (t) => {
  const { port } = await hec(t, { index: 'payroll' })

  await assert.rejects(
    port.send([run, delivery], call),
    (error) => error instanceof ConnectorRefused && error.status === 400 && /Incorrect index \(7\)/.test(error.message),
  )
})

test('gives nothing up while the token is disabled or the collector busy', async (t) => {
  const { standIn, port } = await hec(t)

  standIn.refuse('token disabled')
  await assert.rejects(port.send([run], call), (error) => error instanceof ConnectorRefused && error.status === 403)
  standIn.refuse('busy')
  await assert.rejects(port.send([run], call), (error) => error instanceof ConnectorUnavailable && error.status === 503)
  assert.deepEqual(standIn.events(), [])
})

const strange: [string, object][] = [
  ['a page with 400', { status: 400, html: '<h1>Bad request</h1>' }],
  ['JSON of another with 400', { status: 400, json: { error: 'bad request' } }],
  ['a page with 200', { html: '<h1>Sign in</h1>' }],
  ['another code with 200', { json: { text: 'Queued', code: 24 } }],
]
for (const [what, answer] of strange)
  test(`gives nothing up where something else answers: ${what}`, async (t) => {
    const standIn = await httpStandIn({
      takesBadJson: true,
      routes: { 'POST /services/collector/event': () => answer },
    })
    t.after(() => standIn.close())
    const port = records({ url: standIn.url, token: secretOf(t, 'any-token') }).connect()

    await assert.rejects(port.send([run, delivery], call), ConnectorAnswerInvalid)
  })

test('is probed with its token, and sends nothing then', async (t) => {
  const { standIn, port } = await hec(t)
  const other = await hec(t, { token: secretOf(t, 'another-token') })

  await port.probe(call)

  await assert.rejects(other.port.probe(call), ConnectorRefused)
  assert.deepEqual(standIn.events(), [])
})

for (const index of ['', '_internal', 'Security', 'a b', 'x'.repeat(81)])
  test(`refuses what is no index before anything starts: ${JSON.stringify(index.slice(0, 20))}`, (t) => {
    const token = secretOf(t, 'any-token')

    assert.throws(() => records({ url: 'https://splunk.acme.example:8088', token, index }), ConfigError)
  })
