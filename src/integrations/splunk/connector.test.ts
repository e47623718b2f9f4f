import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splunk } from '../../../test/support/splunk-under-test.ts'
import { httpClient } from '../../connectors/http-client.ts'
import { ConfigError } from '../../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { secret } from '../../secrets/secret.ts'
import { connector } from './connector.ts'
import { runSearchJob } from './search-job.ts'
import { spl } from './spl.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const call = () => ({ signal: AbortSignal.timeout(5000) })

test('finds the rows of a search, its fields in their order, and removes its job', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5, host: 'web-1', fields: { src: ['10.0.0.1', '10.0.0.2'] } })
  standIn.addLog({ user: 'jvermeer', md5 })

  const answer = await search({ query: spl`index=security user=${'mlisa'} | table user host src` }, call())

  assert.deepEqual(answer, {
    kind: 'found',
    value: {
      fields: ['user', 'host', 'src'],
      rows: [{ user: 'mlisa', host: 'web-1', src: ['10.0.0.1', '10.0.0.2'] }],
      total: 1,
      warnings: [],
    },
  })
  assert.deepEqual(standIn.keptSearches(), [])
})

test('says not_found where there are no rows', async (t) => {
  const { standIn, search } = await splunk(t)

  assert.deepEqual(await search({ query: spl`user=${'nobody'}` }, call()), { kind: 'not_found' })
  assert.deepEqual(standIn.keptSearches(), [])
})

for (const lookup of ['search', 'rows'] as const)
  test(`finds a value that is made to leave its quotation marks, and nothing else: ${lookup}`, async (t) => {
    const { standIn, ...asked } = await splunk(t)
    const hostile = 'x" user="mlisa\\" | head 1 \\'
    standIn.addLog({ user: 'mlisa', md5 })
    standIn.addLog({ user: hostile, md5 })

    const answer = await asked[lookup]({ query: spl`index=security user=${hostile} | table user` }, call())

    assert.deepEqual(answer.kind === 'found' && answer.value.rows, [{ user: hostile }])
  })

test('gives as many rows as were asked for, and how many there are', async (t) => {
  const { standIn, search } = await splunk(t)
  for (let each = 0; each < 25; each += 1) standIn.addLog({ user: 'mlisa', md5 })

  const query = spl`user=${'mlisa'} | table user`
  const answers = [await search({ query }, call()), await search({ query, maxRows: 3 }, call())]

  assert.deepEqual(
    answers.map((answer) => answer.kind === 'found' && [answer.value.rows.length, answer.value.total]),
    [
      [20, 25],
      [3, 25],
    ],
  )
})

test('searches the last 24 hours unless told otherwise', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5, time: new Date(Date.now() - 36 * 60 * 60 * 1000) })

  const query = spl`user=${'mlisa'}`

  assert.equal((await search({ query }, call())).kind, 'not_found')
  assert.equal((await search({ query, earliest: '-2d' }, call())).kind, 'found')
  assert.equal((await search({ query, earliest: '-2d', latest: '-37h' }, call())).kind, 'not_found')
})

test('waits for a job that is not done yet', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5 })
  standIn.conductSearches({ questions: 3 })

  assert.equal((await search({ query: spl`user=${'mlisa'}` }, call())).kind, 'found')
})

test('sends the search in no address, where it would be logged', async (t) => {
  const { standIn, search } = await splunk(t)

  await search({ query: spl`user=${'mlisa'}` }, call())

  assert.equal(standIn.requests[0]?.path, '/services/search/jobs')
  assert.ok(standIn.requests.every(({ path, query }) => !`${path}${query}`.includes('mlisa')))
})

test('links to the same search over the same time in the pages of Splunk', async (t) => {
  const { standIn, search } = await splunk(t, { web: 'https://splunk.acme.example:8000' })
  standIn.addLog({ user: 'mlisa', md5 })

  const answer = await search({ query: spl`user=${'m&isa" x'}` }, call())
  const hit = await search({ query: spl`user=${'mlisa'}`, earliest: '1764000000', latest: '-0s' }, call())

  assert.equal(answer.kind, 'not_found')
  const url = new URL((hit.kind === 'found' && hit.value.url) || '')
  assert.equal(`${url.origin}${url.pathname}`, 'https://splunk.acme.example:8000/app/search/search')
  assert.equal(url.searchParams.get('q'), 'search user="mlisa"')
  assert.equal(url.searchParams.get('earliest'), '1764000000')
  assert.match(url.searchParams.get('latest') ?? '', /^\d{10}/)
})

for (const type of ['FATAL', 'ERROR'])
  test(`takes no rows from a search that says ${type} in an answer with 200`, async (t) => {
    const { standIn, search } = await splunk(t)
    standIn.addLog({ user: 'mlisa', md5 })
    standIn.conductSearches({ messages: [{ type, text: 'Unable to distribute to peer idx2' }] })

    await assert.rejects(search({ query: spl`user=${'mlisa'}` }, call()), (error) => {
      assert.ok(error instanceof ConnectorAnswerInvalid)
      return error.message === 'Splunk: search: Unable to distribute to peer idx2'
    })
    assert.deepEqual(standIn.keptSearches(), [])
  })

test('takes no rows from a job that failed without a word', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5 })
  standIn.conductSearches({ fails: true })

  await assert.rejects(search({ query: spl`user=${'mlisa'}` }, call()), ConnectorAnswerInvalid)
})

test('tells what Splunk warns of', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.addLog({ user: 'mlisa', md5 })
  const text = 'Search peer idx2 did not answer'
  standIn.conductSearches({
    messages: [
      { type: 'WARN', text },
      { type: 'INFO', text: 'no more' },
    ],
  })

  const answer = await search({ query: spl`user=${'mlisa'}` }, call())

  assert.deepEqual(answer.kind === 'found' && answer.value.warnings, [text])
})

for (const [what, until, kind] of [
  ['is not done', 'RUNNING', ConnectorRefused],
  ['has not begun', 'QUEUED', ConnectorUnavailable],
] as const)
  test(`cancels a job that ${what} in time, which ${until === 'QUEUED' ? 'is' : 'is not'} tried again`, async (t) => {
    const { standIn } = await splunk(t)
    standIn.conductSearches({ questions: 1000, until })
    const headers = () => ({ authorization: 'Bearer stand-in-token' })
    const channel = { send: httpClient({ title: 'Splunk', baseUrl: standIn.url, headers }), what: 'Splunk: search' }
    const job = { search: 'search index=security', earliest: '-24h', latest: 'now', maxRows: 20 }

    await assert.rejects(runSearchJob(channel, job, { ...call(), withinMs: 250 }), kind)

    assert.deepEqual(standIn.keptSearches(), [])
  })

test('cancels its job where the call is given up meanwhile', async (t) => {
  const { standIn, search } = await splunk(t)
  standIn.conductSearches({ questions: 1000 })

  await assert.rejects(
    search({ query: spl`index=security` }, { signal: AbortSignal.timeout(300) }),
    ConnectorUnavailable,
  )

  assert.deepEqual(standIn.keptSearches(), [])
})

test('says what Splunk says of a search that it can not read', async (t) => {
  const { search } = await splunk(t)

  await assert.rejects(search({ query: spl`index=main | frobnicate` }, call()), (error) => {
    assert.ok(error instanceof ConnectorRefused)
    return error.status === 400 && error.message.includes("Unknown search command 'frobnicate'")
  })
})

const bad: [string, object][] = [
  ['a value that would match anything', { query: spl`user=${'*'}` }],
  ['a real-time search', { query: spl`index=main`, earliest: 'rt-5m' }],
  ['a time that is none', { query: spl`index=main`, earliest: 'yesterday at noon' }],
  ['no rows', { query: spl`index=main`, maxRows: 0 }],
  ['more rows than a ticket holds', { query: spl`index=main`, maxRows: 1001 }],
]
for (const [what, input] of bad)
  test(`sends nothing for ${what}`, async (t) => {
    const { standIn, search } = await splunk(t)

    await assert.rejects(search(input as { query: ReturnType<typeof spl> }, call()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('is probed with its token', async (t) => {
  await (await splunk(t)).probe(call())

  await assert.rejects((await splunk(t, { token: 'wrong' })).probe(call()), ConnectorRefused)
})

test('refuses pages that are at no address', () => {
  const options = { url: 'https://splunk.acme.example:8089', token: secret('SPLUNK_API_TOKEN') }

  assert.throws(() => connector({ ...options, web: 'splunk:8000' }), ConfigError)
  assert.throws(() => connector({ ...options, web: '' }), ConfigError)
})
