import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { splunk } from '../../../test/support/splunk-under-test.ts'
import { httpClient } from '../../connectors/http-client.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { listen } from '../../stand-ins/listen.ts'
import { connector } from './connector.ts'
import { exportSearch } from './search-export.ts'
import { spl } from './spl.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const query = spl`index=security user=${'mlisa'} | table user host src`

/** A Splunk that exports this, and whether it has been hung up on. */
async function exporting(t: TestContext, give: (response: ServerResponse) => void) {
  const closed = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    request.resume()
    response.on('close', closed.resolve)
    give(response)
  })
  const { port, close } = await listen(server, { port: 0, cut: () => server.closeAllConnections() })
  t.after(close)
  const { lookups } = connector({ url: `http://127.0.0.1:${port}`, token: secretOf(t, 'stand-in-token') }).connect()
  return { rows: lookups.export, closed: closed.promise }
}

const given = (...lines: readonly (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
const row = (user: string, more: object = {}) => ({ preview: false, result: { user }, ...more })

test('finds the rows of a search in one request, and leaves no job', async (t) => {
  const { standIn, rows } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5, host: 'web-1', fields: { src: ['10.0.0.1', '10.0.0.2'] } })
  standIn.addLog({ user: 'jvermeer', md5 })

  const answer = await rows({ query }, call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: {
      fields: ['user', 'host', 'src'],
      rows: [{ user: 'mlisa', host: 'web-1', src: ['10.0.0.1', '10.0.0.2'] }],
      total: 1,
      warnings: [],
    },
  })
  assert.deepEqual(
    standIn.requests.map(({ method, path, query }) => [method, path, query]),
    [['POST', '/services/search/v2/jobs/export', 'output_mode=json']],
  )
  assert.deepEqual(standIn.keptSearches(), [])
})

test('says not_found where there are no rows', async (t) => {
  const { rows } = await splunk(t)

  const answer = await rows({ query }, call())

  assert.deepEqual(answer, { kind: 'not_found' })
})

test('gives as many rows as were asked for, and does not say how many there are where there are more', async (t) => {
  const { standIn, rows } = await splunk(t)
  for (let each = 0; each < 25; each += 1) standIn.addLog({ user: 'mlisa', md5 })

  const answers = [await rows({ query }, call()), await rows({ query, maxRows: 25 }, call())]

  assert.deepEqual(
    answers.map((answer) => answer.kind === 'found' && [answer.value.rows.length, answer.value.total]),
    [
      [20, undefined],
      [25, 25],
    ],
  )
})

test('links to the same search over the time as it was asked for', async (t) => {
  const { standIn, rows } = await splunk(t, { web: 'https://splunk.acme.example:8000' })
  standIn.addLog({ user: 'mlisa', md5 })

  const answer = await rows({ query: spl`user=${'mlisa'}`, earliest: '-7d' }, call())

  const url = new URL((answer.kind === 'found' && answer.value.url) || '')
  assert.equal(`${url.origin}${url.pathname}`, 'https://splunk.acme.example:8000/app/search/search')
  assert.deepEqual(Object.fromEntries(url.searchParams), { q: 'search user="mlisa"', earliest: '-7d', latest: 'now' })
})

test('has its rows before Splunk is done, and hangs up', async (t) => {
  const { rows, closed } = await exporting(t, (response) => response.write(given(row('a'), row('b'), row('c'))))

  const answer = await rows({ query, maxRows: 2 }, call())
  await closed

  assert.deepEqual(answer, {
    kind: 'found',
    value: { fields: ['user'], rows: [{ user: 'a' }, { user: 'b' }], warnings: [] },
  })
})

test('hangs up at 4 MiB, with the rows so far', async (t) => {
  const { rows, closed } = await exporting(t, (response) => {
    const writeOn = (): void => {
      if (!response.destroyed) response.write(given(row('a'.repeat(256 * 1024))), writeOn)
    }
    writeOn()
  })

  const answer = await rows({ query, maxRows: 1000 }, call())
  await closed

  assert.deepEqual(answer.kind === 'found' && [answer.value.rows.length, answer.value.total], [16, undefined])
})

test('takes no last row for the end of the answer', async (t) => {
  const { rows } = await exporting(t, (response) =>
    response.end(given(row('a'), row('b', { lastrow: true }), row('c'), { preview: false, lastrow: true })),
  )
  const lastOfSet = row('b', { lastrow: true })
  const cut = await exporting(t, (response) => response.end(given(row('a'), lastOfSet, row('c'))))

  const answers = [await rows({ query }, call()), await cut.rows({ query, maxRows: 2 }, call())]

  assert.deepEqual(
    answers.map((answer) => answer.kind === 'found' && [answer.value.rows.length, answer.value.total]),
    [
      [3, 3],
      [2, undefined],
    ],
  )
})

test('takes no preview for a result, and null for no value', async (t) => {
  const { rows } = await exporting(t, (response) =>
    response.end(
      given(
        { preview: true, offset: 0, lastrow: true, result: { user: 'mlisa', count: '1' } },
        { preview: false, offset: 0, lastrow: true, result: { user: 'mlisa', src: null, count: '3' } },
      ),
    ),
  )

  const answer = await rows({ query }, call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: { fields: ['user', 'count'], rows: [{ user: 'mlisa', count: '3' }], total: 1, warnings: [] },
  })
})

for (const type of ['FATAL', 'ERROR'])
  test(`takes no rows from an export that says ${type} in an answer with 200`, async (t) => {
    const { standIn, rows } = await splunk(t)
    standIn.addLog({ user: 'mlisa', md5 })
    standIn.conductSearches({ messages: [{ type, text: 'Unable to distribute to peer idx2' }] })

    await assert.rejects(rows({ query }, call()), (error) => {
      assert.ok(error instanceof ConnectorAnswerInvalid)
      return error.message === 'Splunk: export: Unable to distribute to peer idx2'
    })
  })

test('shows no secret that Splunk says', async (t) => {
  const { standIn, rows } = await splunk(t)
  standIn.conductSearches({ messages: [{ type: 'FATAL', text: 'The token stand-in-token is not for this' }] })

  await assert.rejects(rows({ query }, call()), (error) => {
    assert.ok(error instanceof ConnectorAnswerInvalid)
    return error.message.startsWith('Splunk: export: The token ') && !error.message.includes('stand-in-token')
  })
})

test('takes no rows from an export that goes wrong after them', async (t) => {
  const fault = { messages: [{ type: 'FATAL', text: 'The search was killed' }] }
  const { rows } = await exporting(t, (response) => response.end(given(row('a', { lastrow: true }), fault)))

  await assert.rejects(rows({ query }, call()), /Splunk: export: The search was killed/)
})

test('tells what Splunk warns of, once', async (t) => {
  const { standIn, rows } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5 })
  const warning = { type: 'WARN', text: 'Search peer idx2 did not answer' }
  standIn.conductSearches({ messages: [warning, { type: 'INFO', text: 'no more' }, warning] })

  const answer = await rows({ query }, call())

  assert.deepEqual(answer.kind === 'found' && answer.value.warnings, [warning.text])
})

test('takes rows that end without a last one for none, which is tried again', async (t) => {
  const { standIn, rows } = await splunk(t)
  standIn.conductSearches({ fails: true })

  await assert.rejects(rows({ query }, call()), ConnectorUnavailable)
  standIn.addLog({ user: 'mlisa', md5 })
  await assert.rejects(rows({ query }, call()), /Splunk: export: Splunk stopped before the last row/)
})

const misshapen: [string, object | string][] = [
  ['is no JSON', '{"preview":false,'],
  ['is no object', '[]'],
  ['has neither a row nor a message', { preview: false }],
  ['has a row of other things than text', { preview: false, result: { user: { name: 'a' } }, lastrow: true }],
]
for (const [what, line] of misshapen)
  test(`takes no rows from an export with a line that ${what}`, async (t) => {
    const { rows } = await exporting(t, (response) => response.end(given(row('a'), line, row('b', { lastrow: true }))))

    await assert.rejects(rows({ query }, call()), ConnectorAnswerInvalid)
  })

test('hangs up where the call is given up meanwhile', async (t) => {
  const givenUp = new AbortController()
  const { rows, closed } = await exporting(t, (response) => response.write(given(row('a')), () => givenUp.abort()))

  await assert.rejects(rows({ query }, { signal: givenUp.signal }), ConnectorUnavailable)
  await closed
})

test('hangs up on a search that is not done in time, and has Splunk end it later than that', async (t) => {
  const asked = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    response.on('close', closed.resolve)
    asked.resolve(await text(request))
  })
  const { port, close } = await listen(server, { port: 0, cut: () => server.closeAllConnections() })
  t.after(close)
  const send = httpClient({ title: 'Splunk', baseUrl: `http://127.0.0.1:${port}`, headers: () => ({}) })
  const search = { search: 'search index=security', earliest: '-24h', latest: 'now', maxRows: 20 }

  const exported = exportSearch({ send, what: 'Splunk: export' }, search, { ...call(), withinMs: 1000 })

  await assert.rejects(exported, ConnectorUnavailable)
  await closed.promise
  assert.equal(new URLSearchParams(await asked.promise).get('max_time'), '60')
})

test('says what Splunk says of a search that it can not read', async (t) => {
  const { rows } = await splunk(t)

  await assert.rejects(rows({ query: spl`index=main | frobnicate` }, call()), (error) => {
    assert.ok(error instanceof ConnectorRefused)
    return error.status === 400 && error.message.includes("Unknown search command 'frobnicate'")
  })
})

test('sends nothing for a value that would match anything, a real-time search or too many rows', async (t) => {
  const { standIn, rows } = await splunk(t)

  for (const asked of [{ query: spl`user=${'*'}` }, { query, earliest: 'rt-5m' }, { query, maxRows: 1001 }])
    await assert.rejects(rows(asked, call()), ConnectorInputInvalid)
  assert.equal(standIn.requests.length, 0)
})
