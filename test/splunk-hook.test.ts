import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import type { AdderEvent } from '../src/automations/event.ts'
import { createServer } from '../src/endpoints/create-server.ts'
import { createLog } from '../src/endpoints/log.ts'
import type { DeliveryRecord } from '../src/intake/delivery.ts'
import { hookEndpoints } from '../src/intake/hook-endpoints.ts'
import { source } from '../src/integrations/splunk/index.ts'
import { startSplunk } from '../src/integrations/splunk/stand-in.ts'
import { secret } from '../src/secrets/secret.ts'

const token = 'd41b0c8e-splunk-hook-token'
before(() => {
  process.env.ADDER_TEST_SPLUNK_HOOK = token
})
after(() => delete process.env.ADDER_TEST_SPLUNK_HOOK)

const fired = {
  sid: 'scheduler__admin__search__RMD5e1f2a3b4c5d6e7f80_at_4000000000_178',
  search_name: 'MockScan Alert',
  app: 'search',
  owner: 'admin',
  results_link: 'http://splunk.example:8000/app/search/@go?sid=scheduler__admin__search__W2_at_4000000000_178',
  result: { user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f', _time: '4000000000.5', _raw: 'a line' },
}
const firedText = JSON.stringify(fired)
const { search_name: _name, ...withoutName } = fired
const { result: _result, ...withoutResult } = fired

/** Adder's hooks, with an engine that commits to memory. */
async function hooks() {
  const events = new Map<string, AdderEvent>()
  const records: DeliveryRecord[] = []
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  const endpoints = hookEndpoints({
    sources: [source({ token: secret('ADDER_TEST_SPLUNK_HOOK') })],
    commit: async (event) => {
      if (events.has(event.id)) return { state: 'duplicate', runId: event.id }
      events.set(event.id, event)
      return { state: 'accepted', runId: event.id }
    },
    redactions: ['payment-card', 'us-ssn'],
    deliveries: { record: (delivery) => void records.push(delivery) },
    log,
  })
  const server = createServer({ endpoints, log })
  after(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const webhookUrl = `${url}/hooks/splunk/${token}`
  const post = (body: string | Buffer, type: string | undefined = 'application/json') =>
    fetch(webhookUrl, { method: 'POST', body, headers: type === undefined ? {} : { 'content-type': type } })
  return { webhookUrl, post, records, lines, committed: () => [...events.values()] }
}

describe('the Splunk hook', () => {
  const refused: [string, string | Buffer, number, string][] = [
    ['malformed JSON', '{"sid": "1", }', 400, 'endpoint.malformed_json'],
    ['an empty body', '', 400, 'endpoint.malformed_json'],
    ['invalid UTF-8', Buffer.from('{"sid":"\xff"}', 'latin1'), 400, 'endpoint.invalid_utf8'],
    ['NaN', firedText.replace('"mlisa"', 'NaN'), 400, 'endpoint.malformed_json'],
    ['100,000 levels', '['.repeat(100_000) + ']'.repeat(100_000), 400, 'endpoint.too_deep'],
    ['a prototype', firedText.replace('"user"', '"__proto__"'), 400, 'endpoint.refused_key'],
    ['a list', '[]', 422, 'intake.misshapen'],
    ['null', 'null', 422, 'intake.misshapen'],
    ['a text', '"str"', 422, 'intake.misshapen'],
    ['a number', '42', 422, 'intake.misshapen'],
    ['no search_name', JSON.stringify(withoutName), 422, 'intake.misshapen'],
    ['an object for a search_name', JSON.stringify({ ...fired, search_name: {} }), 422, 'intake.misshapen'],
    ['a text for a result', JSON.stringify({ ...fired, result: 'row' }), 422, 'intake.misshapen'],
  ]
  for (const [what, body, status, code] of refused) {
    test(`refuses ${what} with a reason, keeps it and commits nothing`, async () => {
      const { post, records, committed } = await hooks()

      const response = await post(body)

      const problem = z
        .object({ status: z.number(), code: z.string(), detail: z.string() })
        .parse(await response.json())
      assert.deepEqual([response.status, problem.status, problem.code], [status, status, code])
      assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.doesNotMatch(problem.detail, /mlisa/)
      assert.deepEqual(
        records.map(({ state }) => state),
        ['kept'],
      )
      assert.deepEqual(committed(), [])
    })
  }

  test('tells where malformed JSON is wrong', async () => {
    const { post } = await hooks()

    const response = await post('{\n  "sid": "1",\n  "search_name": NaN\n}')

    assert.match(JSON.stringify(await response.json()), /line 3, column 18/)
  })

  test('names every wrong field at once', async () => {
    const { post } = await hooks()

    const response = await post(JSON.stringify({ ...fired, sid: 7, search_name: [], result: { user: 1 } }))

    const { errors } = z.object({ errors: z.array(z.unknown()) }).parse(await response.json())
    assert.deepEqual(errors, [
      { in: 'body', field: 'sid', expected: 'a string', got: 'a number' },
      { in: 'body', field: 'search_name', expected: 'a string or null', got: 'a list of 0' },
      { in: 'body', field: 'result.user', expected: 'a string or a list of strings', got: 'a number' },
    ])
  })

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    test(`refuses the content type ${type} and keeps the delivery`, async () => {
      const { post, records, committed } = await hooks()

      const response = await post(firedText, type)

      assert.equal(response.status, 415)
      assert.deepEqual(
        records.map(({ state, check }) => [state, check]),
        [['kept', 'content-type']],
      )
      assert.deepEqual(committed(), [])
    })
  }

  for (const type of ['application/json; charset=utf-8', 'application/x+json', 'Application/JSON']) {
    test(`takes the content type ${type}`, async () => {
      const { post } = await hooks()

      assert.equal((await post(firedText, type)).status, 202)
    })
  }

  const accepted: [string, string, object][] = [
    ['no saved search', JSON.stringify({ ...fired, search_name: null }), { searchName: null }],
    ['a line break in its name', JSON.stringify({ ...fired, search_name: 'a\nb' }), { searchName: 'a\nb' }],
    ['no result', JSON.stringify(withoutResult), { result: {} }],
    ['keys of its own', JSON.stringify({ ...fired, extra: { deep: [1] } }), { searchName: 'MockScan Alert' }],
    ['a key twice', firedText.replace('"admin"', '"a","owner":"b"'), { owner: 'b' }],
    ['5 MB', JSON.stringify({ ...fired, result: { a: 'x'.repeat(5e6) } }), { result: { a: 'x'.repeat(5e6) } }],
  ]
  for (const [what, body, expected] of accepted) {
    test(`takes an alert with ${what}`, async () => {
      const { post, committed } = await hooks()

      const response = await post(body)

      assert.equal(response.status, 202)
      const [event] = committed()
      assert.ok(event)
      // The source's own shape was checked before the event was made.
      const data = event.data as object
      assert.deepEqual({ ...data, ...expected }, data)
    })
  }

  test('makes one event of an alert however often it is sent', async () => {
    const { post, committed } = await hooks()

    const responses = await Promise.all(Array.from({ length: 10 }, () => post(firedText)))

    assert.deepEqual(
      responses.map(({ status }) => status),
      Array(10).fill(202),
    )
    assert.deepEqual(
      committed().map(({ kind, at, source: from, data }) => ({ kind, at, from, data })),
      [
        {
          kind: 'splunk.alert',
          at: '2096-10-02T07:06:40.500Z',
          from: 'splunk',
          data: {
            searchName: 'MockScan Alert',
            sid: fired.sid,
            app: 'search',
            owner: 'admin',
            resultsLink: fired.results_link,
            result: fired.result,
          },
        },
      ],
    )
  })

  test('makes one event for each row of one search job', async () => {
    const { post, committed } = await hooks()

    for (const user of ['mlisa', 'jvermeer', 'mlisa'])
      await post(JSON.stringify({ ...fired, result: { ...fired.result, user } }))

    assert.equal(committed().length, 2)
  })

  test('masks payment cards in a row and leaves hashes, ids and times alone', async () => {
    const { post, committed } = await hooks()
    const sid = 'scheduler__admin__4111111111111111__RMD5e1f2a3b4c5d6e7f80_at_4000000000_178'

    await post(JSON.stringify({ ...fired, sid, result: { ...fired.result, note: 'card 4111-1111-1111-1111' } }))

    const data = z.object({ sid: z.string(), result: z.unknown() }).parse(committed()[0]?.data)
    assert.deepEqual(data, { sid, result: { ...fired.result, note: 'card [redacted payment-card]' } })
  })

  test('takes in what the search of a Splunk finds, row by row', async () => {
    const { webhookUrl, committed, lines } = await hooks()
    const splunk = await startSplunk({ webhookUrl })
    after(() => splunk.close())
    splunk.addLog({ user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f' })
    splunk.addLog({ user: 'jvermeer', md5: '44d88612fea8a8f36de82e1278abb02f' })

    const calls = await splunk.runNow()

    assert.deepEqual(
      calls.map(({ status, isLost }) => [status, isLost]),
      [
        [202, false],
        [202, false],
      ],
    )
    const Alert = z.object({ searchName: z.string(), result: z.object({ user: z.string() }) })
    assert.deepEqual(
      committed().map(({ data }) => Alert.parse(data)),
      ['mlisa', 'jvermeer'].map((user) => ({ searchName: 'MockScan Alert', result: { user } })),
    )
    assert.doesNotMatch(lines.join(''), new RegExp(token))
  })
})
