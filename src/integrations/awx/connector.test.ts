import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { type AwxOptions, connector, isOver } from './connector.ts'
import { type AwxStandInOptions, startAwx } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })

function connect(t: TestContext, options: Omit<AwxOptions, 'token'>, token: string) {
  const { effects, ...connected } = connector({ ...options, token: secretOf(t, token) }).connect()
  return { ...connected, ...effects }
}

async function awx(t: TestContext, options: AwxStandInOptions = {}) {
  const standIn = await startAwx(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, { url: standIn.url }, standIn.token) }
}

test('launches a template with its limit, variables and the marker', async (t) => {
  const { standIn, launch } = await awx(t)
  const variables = { host: `mona's {{ laptop }}`, ports: [22, 443], force: true }

  const launched = await launch.make({ template: 7, limit: ['web-1', 'web-2'], variables }, making())

  assert.deepEqual(launched, { id: 1 })
  assert.deepEqual(standIn.jobs(), [
    { limit: 'web-1,web-2', jobType: 'run', variables: { site: 'paris', ...variables, adder_marker: marker } },
  ])
})

test('launches a check', async (t) => {
  const { standIn, launch } = await awx(t)

  await launch.make({ template: 7, check: true }, making())

  assert.deepEqual(
    standIn.jobs().map(({ limit, jobType }) => [limit, jobType]),
    [['', 'check']],
  )
})

test('tells of a job from the queue to its end', async (t) => {
  const { standIn, launch, lookups } = await awx(t)
  const launched = await launch.make({ template: 7, limit: ['web-1'] }, making())

  const pending = await lookups.job(launched, call())
  standIn.begin()
  const running = await lookups.job(launched, call())
  standIn.finish('failed', { ok: 3, changed: 2, failures: 1, dark: 1, skipped: 4 })
  const over = await lookups.job(launched, call())

  const none = { ok: 0, changed: 0, failed: 0, unreachable: 0 }
  const job = { id: 1, playbook: 'isolate.yml', limit: 'web-1', check: false }
  assert.deepEqual(pending, { kind: 'found', value: { ...job, status: 'pending', hosts: none } })
  const startedAt = '2026-11-02T10:00:00.123456Z'
  assert.deepEqual(running, { kind: 'found', value: { ...job, status: 'running', startedAt, hosts: none } })
  assert.deepEqual(over, {
    kind: 'found',
    value: {
      ...job,
      status: 'failed',
      startedAt,
      endedAt: '2026-11-02T10:01:01.654321Z',
      hosts: { ok: 3, changed: 2, failed: 1, unreachable: 1 },
    },
  })
})

test('says why a job could not be played', async (t) => {
  const { standIn, launch, lookups } = await awx(t)
  const launched = await launch.make({ template: 7 }, making())
  standIn.begin()
  standIn.finish('error')

  const answer = await lookups.job(launched, call())

  assert.ok(answer.kind === 'found')
  assert.deepEqual([answer.value.status, answer.value.explanation], ['error', 'The project could not be updated.'])
})

for (const [status, over] of [
  ['new', false],
  ['pending', false],
  ['waiting', false],
  ['running', false],
  ['successful', true],
  ['failed', true],
  ['error', true],
  ['canceled', true],
] as const)
  test(`says that ${status} is ${over ? '' : 'not '}the end`, () => {
    assert.equal(isOver({ status }), over)
  })

test('does not find a job that was deleted', async (t) => {
  const { standIn, launch, lookups } = await awx(t)
  const launched = await launch.make({ template: 7 }, making())
  standIn.deleteJobs()

  assert.deepEqual(await lookups.job(launched, call()), { kind: 'not_found' })
})

test('finds what an attempt without an answer launched, while it runs and when it is over', async (t) => {
  const { standIn, launch } = await awx(t)
  assert.deepEqual(await launch.find?.({ template: 7 }, making()), { kind: 'not_found' })
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(launch.make({ template: 7 }, making()))
  standIn.misbehave({})
  for (let each = 0; each < 100; each += 1)
    await launch.make({ template: 7 }, making(`adder-${String(each).padStart(24, 'f')}`))

  const pending = await launch.find?.({ template: 7 }, making())
  standIn.begin()
  standIn.finish('successful')
  const over = await launch.find?.({ template: 7 }, making())

  const found = { kind: 'found', value: { id: 1 } }
  assert.deepEqual([pending, over], [found, found])
})

test('cancels a job once, and leaves one that is over', async (t) => {
  const { standIn, launch, cancel, lookups } = await awx(t)
  const launched = await launch.make({ template: 7 }, making())
  assert.deepEqual(await cancel.find?.(launched, making()), { kind: 'not_found' })

  await cancel.make(launched, making())

  const answer = await lookups.job(launched, call())
  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.status, 'canceled')
  assert.deepEqual(await cancel.find?.(launched, making()), { kind: 'found', value: launched })
  await assert.rejects(cancel.make(launched, making()), ConnectorRefused)
  assert.equal(standIn.jobs().length, 1)
})

for (const [prompts, input, missing] of [
  [['limit', 'job_type'], {}, /its variables,/],
  [['variables', 'job_type'], { limit: ['web-1'] }, /its limit,/],
  [['variables', 'limit'], { check: true }, /its job type,/],
  [[], { limit: ['web-1'], check: true }, /its variables, limit, job type,/],
] as const)
  test(`launches nothing of a template that would ignore ${JSON.stringify(input)} with prompts for [${prompts}]`, async (t) => {
    const { standIn, launch } = await awx(t, { templates: { 7: prompts } })
    const { limit, ...rest } = { limit: undefined, ...input }

    await assert.rejects(
      launch.make({ template: 7, ...rest, ...(limit === undefined ? {} : { limit: [...limit] }) }, making()),
      (error) => error instanceof ConnectorRefused && missing.test(error.message) && /nothing was/.test(error.message),
    )
    assert.equal(standIn.jobs().length, 0)
  })

test('is refused a template that is not there', async (t) => {
  const { launch } = await awx(t)

  await assert.rejects(
    launch.make({ template: 8 }, making()),
    (error) => error instanceof ConnectorRefused && error.status === 404,
  )
})

for (const limit of [[], [''], ['all'], ['*'], ['web-1,web-2'], ['!web-1'], ['~w'], ['@hosts']])
  test(`sends no limit ${JSON.stringify(limit)}`, async (t) => {
    const { standIn, launch } = await awx(t)

    await assert.rejects(launch.make({ template: 7, limit }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

for (const [what, variables] of [
  ['the marker’s own name', { adder_marker: 'mine' }],
  ['a name with a space', { 'a b': '1' }],
  ['a value of a megabyte', { host: 'x'.repeat(1_000_000) }],
] as [string, Record<string, string>][])
  test(`sends no variable with ${what}`, async (t) => {
    const { standIn, launch } = await awx(t)

    await assert.rejects(launch.make({ template: 7, variables }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('takes a workflow job, which a sliced template answers with, for no answer', async (t) => {
  const asks = { ask_variables_on_launch: true, ask_limit_on_launch: true, ask_job_type_on_launch: true }
  const server = await httpStandIn({
    routes: {
      'GET /api/v2/job_templates/7/launch/': () => ({ json: asks }),
      'POST /api/v2/job_templates/7/launch/': () => ({ status: 201, json: { workflow_job: 1, id: 1 } }),
    },
  })
  t.after(() => server.close())
  const { launch } = connect(t, { url: server.url }, 'token-of-nobody')

  await assert.rejects(launch.make({ template: 7 }, making()), ConnectorAnswerInvalid)
})

test('asks Ansible Automation Platform under its own path', async (t) => {
  const standIn = await startAwx({ apiPath: '/api/controller/v2' })
  t.after(() => standIn.close())
  const { launch, lookups, probe } = connect(t, { url: standIn.url, apiPath: '/api/controller/v2' }, standIn.token)

  await probe(call())
  const answer = await lookups.job(await launch.make({ template: 7 }, making()), call())

  assert.equal(answer.kind, 'found')
})

test('does not take a wrong path for a job that is gone', async (t) => {
  const { standIn } = await awx(t)
  const { lookups } = connect(t, { url: standIn.url, apiPath: '/api/controller/v2' }, standIn.token)

  await assert.rejects(lookups.job({ id: 1 }, call()), ConnectorAnswerInvalid)
})

test('probes with one request that only reads, and is refused with another token', async (t) => {
  const { standIn, probe } = await awx(t)
  const other = connect(t, { url: standIn.url }, 'another-token')

  await probe(call())
  await assert.rejects(other.probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['GET', 401],
    ],
  )
})
