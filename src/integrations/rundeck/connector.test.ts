import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConfigError } from '../../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { connector, isOver } from './connector.ts'
import { type RundeckStandInOptions, scanJob, startRundeck } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })

function connect(t: TestContext, url: string, token: string, apiVersion?: number) {
  const options = { url, token: secretOf(t, token), ...(apiVersion === undefined ? {} : { apiVersion }) }
  const { effects, ...connected } = connector(options).connect()
  return { ...connected, ...effects }
}

async function rundeck(t: TestContext, options: RundeckStandInOptions = {}) {
  const standIn = await startRundeck(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.token) }
}

test('runs a job with its options and the marker', async (t) => {
  const { standIn, run } = await rundeck(t)

  const started = await run.make({ job: scanJob, options: { host: "mona's laptop" } }, making())

  assert.deepEqual(started, { id: 1 })
  assert.deepEqual(standIn.executions(), [{ host: "mona's laptop", ADDER_MARKER: marker }])
})

test('tells of an execution while it runs and when it is over, and of its log', async (t) => {
  const { standIn, run, lookups } = await rundeck(t)
  const started = await run.make({ job: scanJob }, making())

  const running = await lookups.execution(started, call())
  standIn.finish('failed', ['one', 'two', 'x'.repeat(5000), 'last'])
  const over = await lookups.execution(started, call())
  const output = await lookups.output({ ...started, lines: 2 }, call())

  assert.ok(running.kind === 'found' && over.kind === 'found' && output.kind === 'found')
  const { startedAt = '', ...rest } = running.value
  assert.deepEqual(rest, {
    id: 1,
    status: 'running',
    project: 'security',
    url: `${standIn.url}/project/security/execution/show/1`,
  })
  const endedAt = new Date(Date.parse(startedAt) + 61_000).toISOString()
  assert.deepEqual(over.value, { ...running.value, status: 'failed', endedAt, failedNodes: ['mona-laptop'] })
  assert.deepEqual([output.value.length, output.value.slice(-6)], [4000, 'x\nlast'])
})

for (const [status, over] of [
  ['scheduled', false],
  ['running', false],
  ['succeeded', true],
  ['failed', true],
  ['aborted', true],
  ['timedout', true],
  ['failed-with-retry', true],
  ['other', true],
] as const)
  test(`says that ${status} is ${over ? '' : 'not '}the end`, () => {
    assert.equal(isOver({ status }), over)
  })

test('does not find an execution that was deleted, nor its log', async (t) => {
  const { standIn, run, lookups } = await rundeck(t)
  const started = await run.make({ job: scanJob }, making())
  standIn.deleteExecutions()

  const answers = [await lookups.execution(started, call()), await lookups.output(started, call())]

  assert.deepEqual(answers, [{ kind: 'not_found' }, { kind: 'not_found' }])
})

test('finds what an attempt without an answer ran, while it runs and when it is over', async (t) => {
  const { standIn, run } = await rundeck(t)
  assert.deepEqual(await run.find?.({ job: scanJob }, making()), { kind: 'not_found' })
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(run.make({ job: scanJob }, making()))
  standIn.misbehave({})
  await run.make({ job: scanJob }, making('adder-ffffffffffffffffffffffff'))

  const running = await run.find?.({ job: scanJob }, making())
  standIn.finish('succeeded')
  const over = await run.find?.({ job: scanJob }, making())

  assert.deepEqual(
    [running, over],
    [
      { kind: 'found', value: { id: 1 } },
      { kind: 'found', value: { id: 1 } },
    ],
  )
})

for (const [what, beganAt, told] of [
  [
    'does not know whether it is there where all executions that it sees are younger',
    '2026-11-29T07:00:01Z',
    undefined,
  ],
  ['knows that it is not there where it sees one that is older', '2026-11-29T06:59:59Z', { kind: 'not_found' }],
] as const)
  test(what, async (t) => {
    const executions = Array.from({ length: 300 }, () => ({ id: 7, 'date-started': { unixtime: Date.parse(beganAt) } }))
    const server = await httpStandIn({
      routes: { 'GET /api/44/job/scan/executions': () => ({ json: { executions } }) },
    })
    t.after(() => server.close())
    const { run } = connect(t, server.url, 'token-of-nobody')

    const finding = run.find?.({ job: 'scan' }, { ...making(), intendedAt: '2026-11-29T07:00:00Z' })

    if (told === undefined) await assert.rejects(async () => finding, ConnectorUnavailable)
    else assert.deepEqual(await finding, told)
  })

test('finds the execution that it started, and not its retry', async (t) => {
  const { run } = await rundeck(t)
  const first = await run.make({ job: scanJob }, making())
  await run.make({ job: scanJob }, making())

  assert.deepEqual(await run.find?.({ job: scanJob }, making()), { kind: 'found', value: first })
})

test('aborts an execution, and leaves one that is over', async (t) => {
  const { standIn, run, abort, lookups } = await rundeck(t)
  const started = await run.make({ job: scanJob }, making())
  assert.deepEqual(await abort.find?.(started, making()), { kind: 'not_found' })

  assert.deepEqual(await abort.make(started, making()), started)

  const answer = await lookups.execution(started, call())
  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.status, 'aborted')
  assert.deepEqual(await abort.find?.(started, making()), { kind: 'found', value: started })
  assert.deepEqual(await abort.make(started, making()), started)
  assert.equal(standIn.executions().length, 1)
})

test('is refused the abortion of what goes on although Rundeck answers 200, and of what is not there', async (t) => {
  const { standIn, run, abort } = await rundeck(t)
  const started = await run.make({ job: scanJob }, making())
  standIn.protect()

  await assert.rejects(
    abort.make(started, making()),
    (error) => error instanceof ConnectorRefused && /not aborted \(Execution is running on a diff/.test(error.message),
  )
  await assert.rejects(
    abort.make({ id: 7 }, making()),
    (error) => error instanceof ConnectorRefused && error.status === 404,
  )
  assert.deepEqual(await abort.find?.(started, making()), { kind: 'not_found' })
})

test('runs nothing of a job that could not keep the marker', async (t) => {
  const { standIn, run } = await rundeck(t, { jobs: { [scanJob]: ['host'] } })

  await assert.rejects(
    run.make({ job: scanJob }, making()),
    (error) => error instanceof ConnectorRefused && /has no option ADDER_MARKER.*nothing was run/.test(error.message),
  )
  assert.equal(standIn.executions().length, 0)
})

test('is refused a job that is not there', async (t) => {
  const { run } = await rundeck(t)

  await assert.rejects(
    run.make({ job: 'no-such-job' }, making()),
    (error) => error instanceof ConnectorRefused && error.status === 404,
  )
})

for (const [what, input] of [
  ['a job that leads elsewhere', { job: '../system' }],
  ['no job', { job: '' }],
  ['the marker’s own option', { job: scanJob, options: { ADDER_MARKER: 'mine' } }],
  ['an option that Rundeck would fill in', { job: scanJob, options: { host: '\u0024{DATE:yyyy}' } }],
  ['an option of a megabyte', { job: scanJob, options: { host: 'x'.repeat(1_000_000) } }],
] as [string, { job: string; options?: Record<string, string> }][])
  test(`sends nothing for ${what}`, async (t) => {
    const { standIn, run } = await rundeck(t)

    await assert.rejects(run.make(input, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('takes the 404 of a wrong address for a refusal, and not for an execution that is not there', async (t) => {
  const server = await httpStandIn({ routes: {} })
  t.after(() => server.close())
  const { lookups } = connect(t, server.url, 'token-of-nobody')

  await assert.rejects(lookups.execution({ id: 1 }, call()), ConnectorAnswerInvalid)
})

test('speaks the version of the API that it is told, from 44', async (t) => {
  const { standIn } = await rundeck(t)

  await connect(t, standIn.url, standIn.token, 48).probe(call())
  await assert.rejects(connect(t, standIn.url, standIn.token, 99).probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ path }) => path),
    ['/api/48/projects', '/api/99/projects'],
  )
  assert.throws(() => connect(t, standIn.url, standIn.token, 41), ConfigError)
})

test('probes with one request that only reads, and is refused with another token', async (t) => {
  const { standIn, probe } = await rundeck(t)
  const other = connect(t, standIn.url, 'another-token')

  await probe(call())
  await assert.rejects(other.probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ method, path, status }) => [method, path, status]),
    [
      ['GET', '/api/44/projects', 200],
      ['GET', '/api/44/projects', 403],
    ],
  )
})
