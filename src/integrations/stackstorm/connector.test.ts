import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { connector, isOver } from './connector.ts'
import { startStackStorm } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })
const action = 'security.scan'

function connect(t: TestContext, url: string, apiKey: string) {
  const { effects, ...connected } = connector({ url, apiKey: secretOf(t, apiKey) }).connect()
  return { ...connected, ...effects }
}

async function stackStorm(t: TestContext) {
  const standIn = await startStackStorm()
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn.url, standIn.apiKey) }
}

test('runs an action with its parameters', async (t) => {
  const { standIn, run } = await stackStorm(t)

  const { id } = await run.make({ action, parameters: { host: 'mona-laptop', depth: 3 } }, making())

  assert.match(id, /^[0-9a-f]{24}$/)
  assert.deepEqual(standIn.executions(), [{ action, parameters: { host: 'mona-laptop', depth: 3 } }])
})

test('tells of an execution while it runs and when it is over', async (t) => {
  const { standIn, run, lookups } = await stackStorm(t)
  const started = await run.make({ action }, making())
  standIn.advance('running')

  const running = await lookups.execution(started, call())
  standIn.advance('succeeded', { stdout: 'clean' })
  const over = await lookups.execution(started, call())

  assert.ok(running.kind === 'found' && over.kind === 'found')
  const { startedAt = '', ...rest } = running.value
  assert.deepEqual(rest, {
    id: started.id,
    status: 'running',
    action,
    url: `${standIn.url}/#/history/${started.id}/general`,
  })
  const { endedAt = '', ...ended } = over.value
  assert.deepEqual(ended, { ...running.value, status: 'succeeded' })
  assert.ok(Date.parse(endedAt) >= Date.parse(startedAt))
})

test('asks for the result only where it is wanted', async (t) => {
  const { standIn, run, lookups } = await stackStorm(t)
  const started = await run.make({ action }, making())

  await lookups.execution(started, call())
  await lookups.output(started, call())

  assert.deepEqual(
    standIn.requests.slice(1).map(({ query }) => query),
    ['exclude_attributes=result%2Ctrigger_instance', 'exclude_attributes=trigger_instance'],
  )
})

for (const [what, result, text] of [
  ['what a command wrote', { stdout: 'clean', return_code: 0 }, 'clean'],
  ['what an action returned', { output: { hosts: 2 } }, '{"output":{"hosts":2}}'],
  ['a text', 'done', 'done'],
  ['nothing', undefined, ''],
  ['the end of what is long', { stdout: `${'x'.repeat(5000)}end` }, `${'x'.repeat(3997)}end`],
] as [string, unknown, string][])
  test(`gives ${what}`, async (t) => {
    const { standIn, run, lookups } = await stackStorm(t)
    const started = await run.make({ action }, making())
    standIn.advance('succeeded', result)

    const output = await lookups.output(started, call())

    assert.deepEqual(output, { kind: 'found', value: text })
  })

for (const [status, over] of [
  ['requested', false],
  ['running', false],
  ['paused', false],
  ['canceling', false],
  ['succeeded', true],
  ['failed', true],
  ['timeout', true],
  ['canceled', true],
  ['abandoned', true],
] as const)
  test(`says that ${status} is ${over ? '' : 'not '}the end`, () => {
    assert.equal(isOver({ status }), over)
  })

test('does not find an execution that was purged', async (t) => {
  const { standIn, run, lookups } = await stackStorm(t)
  const started = await run.make({ action }, making())
  standIn.purge()

  const answers = [await lookups.execution(started, call()), await lookups.output(started, call())]

  assert.deepEqual(answers, [{ kind: 'not_found' }, { kind: 'not_found' }])
})

test('takes the 404 of a wrong address for a refusal, and not for an execution that is not there', async (t) => {
  const { standIn } = await stackStorm(t)
  const { lookups } = connect(t, `${standIn.url}/elsewhere`, standIn.apiKey)

  await assert.rejects(lookups.execution({ id: 'a'.repeat(24) }, call()), ConnectorAnswerInvalid)
})

test('finds what an attempt without an answer ran, and not the tasks of its workflow', async (t) => {
  const { standIn, run } = await stackStorm(t)
  assert.deepEqual(await run.find?.({ action }, making()), { kind: 'not_found' })
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(run.make({ action }, making()))
  standIn.misbehave({})
  const other = await run.make({ action }, making('adder-ffffffffffffffffffffffff'))

  const ours = await run.find?.({ action }, making())
  const theirs = await run.find?.({ action }, making('adder-ffffffffffffffffffffffff'))

  assert.ok(ours?.kind === 'found')
  assert.notEqual(ours.value.id, other.id)
  assert.deepEqual(theirs, { kind: 'found', value: other })
})

for (const [what, input] of [
  ['no reference', { action: 'scan' }],
  ['a reference that leads elsewhere', { action: '../keys' }],
  ['Jinja in a value', { action, parameters: { host: '{{ st2kv.system.password }}' } }],
  ['Jinja deep in a value', { action, parameters: { host: [{ name: '{% raw %}' }] } }],
  ['a value of a megabyte', { action, parameters: { host: 'x'.repeat(1_000_000) } }],
  ['a name with a dash', { action, parameters: { 'host-name': 'x' } }],
] as [string, { action: string; parameters?: Record<string, never> }][])
  test(`sends nothing for ${what}`, async (t) => {
    const { standIn, run } = await stackStorm(t)

    await assert.rejects(run.make(input, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

for (const [from, to] of [
  ['requested', 'canceled'],
  ['running', 'canceling'],
  ['paused', 'canceling'],
  ['succeeded', 'succeeded'],
  ['canceled', 'canceled'],
] as const)
  test(`cancels an execution that is ${from}, which is ${to} then, and finds that`, async (t) => {
    const { standIn, run, cancel, lookups } = await stackStorm(t)
    const started = await run.make({ action }, making())
    standIn.advance(from)

    const cancelled = await cancel.make(started, making())

    const answer = await lookups.execution(started, call())
    assert.ok(answer.kind === 'found')
    assert.deepEqual([cancelled, answer.value.status], [started, to])
    assert.deepEqual(await cancel.find?.(started, making()), { kind: 'found', value: started })
  })

test('does not find a cancellation of what runs, and is refused that of what is not there', async (t) => {
  const { standIn, run, cancel } = await stackStorm(t)
  const started = await run.make({ action }, making())
  standIn.advance('running')

  assert.deepEqual(await cancel.find?.(started, making()), { kind: 'not_found' })
  standIn.purge()
  await assert.rejects(
    cancel.make(started, making()),
    (error) => error instanceof ConnectorRefused && error.status === 404,
  )
})

test('is refused an action that is not there, and a parameter that the action does not take', async (t) => {
  const { run } = await stackStorm(t)

  for (const input of [{ action: 'security.nothing' }, { action, parameters: { colour: 'red' } }])
    await assert.rejects(
      run.make(input, making()),
      (error) => error instanceof ConnectorRefused && error.status === 400,
    )
})

test('probes with one request that only reads, and is refused with another key', async (t) => {
  const { standIn, probe } = await stackStorm(t)
  const other = connect(t, standIn.url, 'another-key')

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
