import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { AdderEvent } from '../../automations/event.ts'
import { createServer } from '../../endpoints/create-server.ts'
import { createLog } from '../../endpoints/log.ts'
import type { DeliveryRecord } from '../../intake/delivery.ts'
import { hookEndpoints } from '../../intake/hook-endpoints.ts'
import { intake } from '../../intake/intake.ts'
import { redeliver } from '../../intake/redeliver.ts'
import { secret } from '../../secrets/secret.ts'
import { event } from './event.ts'
import type { HecEvent } from './hec-event.ts'
import { source } from './source.ts'

const token = 'd41b0c8e-hec-token'
before(() => {
  process.env.ADDER_TEST_HEC = token
})
after(() => delete process.env.ADDER_TEST_HEC)

/** Adder's hooks, with an engine that commits to memory. */
async function hooks() {
  const events = new Map<string, AdderEvent>()
  const records: DeliveryRecord[] = []
  const log = createLog({ destination: { write: () => undefined } })
  const sources = [source({ token: secret('ADDER_TEST_HEC') })]
  const options = {
    commit: async (event: AdderEvent) => {
      const state = events.has(event.id) ? ('duplicate' as const) : ('accepted' as const)
      events.set(event.id, event)
      return { state, runId: event.id }
    },
    redactions: ['payment-card' as const],
    deliveries: { record: (delivery: DeliveryRecord) => void records.push(delivery) },
    log,
  }
  const server = createServer({ endpoints: hookEndpoints({ sources, ...options }), log })
  after(() => server.close())
  const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/hooks/splunk-hec`
  const post = (body: string, headers: Record<string, string> = { authorization: `Splunk ${token}` }) =>
    fetch(url, { method: 'POST', body, headers })
  const again = redeliver({ sources, intake: intake(options) })
  return { url, post, records, again, committed: () => [...events.values()] }
}

const dataOf = ({ data }: AdderEvent) => data as HecEvent // what the source makes of a delivery

describe('the collector that Adder is', () => {
  test('takes each event of a request, as senders write them, and answers as Splunk does', async () => {
    const { post, committed } = await hooks()

    const first = {
      time: 4000000000.5,
      host: 'web-1',
      sourcetype: 'vpn',
      event: { user: 'mlisa' },
      fields: { zone: 'eu' },
    }
    const second = { time: '4000000001', event: 'a line', index: null }
    const response = await post(`${JSON.stringify(first)}${JSON.stringify(second)}`)

    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { text: 'Success', code: 0 })
    const silent = { host: '', source: '', sourcetype: '', index: '' }
    assert.deepEqual(committed().map(dataOf), [
      {
        ...silent,
        time: '2096-10-02T07:06:40.500Z',
        host: 'web-1',
        sourcetype: 'vpn',
        event: { user: 'mlisa' },
        fields: { zone: 'eu' },
      },
      { ...silent, time: '2096-10-02T07:06:41.000Z', event: 'a line', fields: {} },
    ])
    assert.equal(committed()[0]?.at, '2096-10-02T07:06:40.500Z')
  })

  test('takes a request that is compressed, as many senders compress', async () => {
    const { url, committed } = await hooks()

    const headers = { authorization: `Splunk ${token}`, 'content-encoding': 'gzip', 'content-type': 'text/plain' }
    const response = await fetch(url, { method: 'POST', headers, body: gzipSync('{"event":"a"}{"event":"b"}') })

    assert.equal(response.status, 200)
    assert.equal(committed().length, 2)
  })

  test('knows an event with its time again, and takes one without for a new one', async () => {
    const { post, records } = await hooks()
    const body = '{"time":4000000000,"event":"dated"}{"event":"undated"}'

    await post(body)
    await post(body)

    assert.deepEqual(
      records.map(({ events }) => events.map(({ state }) => state)),
      [
        ['accepted', 'accepted'],
        ['duplicate', 'accepted'],
      ],
    )
  })

  const authorized: [string, string, Record<string, string>][] = [
    ['in the header, in any case', '', { authorization: `splunk ${token}` }],
    ['as a bearer token', '', { authorization: `Bearer ${token}` }],
    ['as a password, which the collector takes too', '', { authorization: `Basic ${btoa(`x:${token}`)}` }],
    ['in the address', `/${token}`, {}],
    ['in the query', `?token=${token}`, {}],
  ]
  for (const [where, suffix, headers] of authorized)
    test(`takes the token ${where}`, async () => {
      const { url } = await hooks()

      assert.equal((await fetch(url + suffix, { method: 'POST', body: '{"event":1}', headers })).status, 200)
    })

  const refused: [string, Record<string, string>][] = [
    ['none', {}],
    ['another', { authorization: 'Splunk another' }],
    ['it after another word', { authorization: `Token ${token}` }],
    ['it with more behind it', { authorization: `Splunk ${token} x` }],
  ]
  for (const [what, headers] of refused)
    test(`refuses a request whose token is ${what}`, async () => {
      const { post, committed } = await hooks()

      assert.equal((await post('{"event":1}', headers)).status, 401)
      assert.deepEqual(committed(), [])
    })

  const misshapen: [string, string, number][] = [
    ['no event', '', 422],
    ['an empty event', '{"event":""}', 422],
    ['an event that is not there', '{"time":1}', 422],
    ['a time that is none', '{"event":1,"time":"noon"}', 422],
    ['a time before 1970', '{"event":1,"time":-1}', 422],
    ['a time that no calendar has', '{"event":1,"time":1e300}', 422],
    ['a list in the place of fields', '{"event":1,"fields":[]}', 422],
    ['more events than it takes', '{"event":1}'.repeat(1001), 422],
    ['half an event', '{"event":1}{"event"', 400],
  ]
  for (const [what, body, status] of misshapen)
    test(`keeps a request with ${what}, and commits nothing of it`, async () => {
      const { post, committed, records } = await hooks()

      assert.equal((await post(body)).status, status)
      assert.deepEqual(committed(), [])
      assert.equal(records[0]?.state, 'kept')
    })

  test('takes in what was kept, when it is delivered again', async () => {
    const { post, records, again, committed } = await hooks()
    await post('{"event":"a"}{"event":"b","time":"noon"}')
    const [kept] = records
    assert.ok(kept?.content)

    const body = kept.content.body as { time?: string }[] // as it was sent
    const mended = body.map(({ time: _time, ...event }) => event)
    await again({ ...kept, content: { ...kept.content, body: mended } })

    assert.deepEqual(
      committed().map((event) => dataOf(event).event),
      ['a', 'b'],
    )
  })

  test('masks what is not to be stored', async () => {
    const { post, committed } = await hooks()

    await post('{"event":{"card":"4111 1111 1111 1111"},"time":4000000000}')

    const [data] = committed().map(dataOf)
    assert.match(JSON.stringify(data?.event), /card/)
    assert.doesNotMatch(JSON.stringify(data), /4111/)
  })

  test('starts automations by the sourcetype', () => {
    const [condition] = event({ sourcetype: 'vpn' }).conditions
    const data = { event: 1, host: '', source: '', sourcetype: 'vpn', index: '', fields: {} }

    assert.equal(condition?.holds(data), true)
    assert.equal(condition?.holds({ ...data, sourcetype: 'vpn2' }), false)
    assert.deepEqual(event().conditions, [])
  })
})
