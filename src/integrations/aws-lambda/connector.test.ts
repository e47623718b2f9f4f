import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { secretOf } from '../../../test/support/secret-of.ts'
import { ConfigError } from '../../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { type AwsLambdaOptions, connector, isOver } from './connector.ts'
import { type AwsLambdaStandIn, type AwsLambdaStandInOptions, startAwsLambda } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = (mine = marker) => ({ ...call(), marker: mine, intendedAt: new Date().toISOString() })
const scan = { function: 'scan-host', qualifier: 'live', payload: { host: 'web-1' } }

function connect(t: TestContext, standIn: Credentials, options: Partial<AwsLambdaOptions> = {}) {
  const { url, region, accessKeyId, secretAccessKey, sessionToken } = standIn
  const definition = connector({
    url,
    region,
    accessKeyId: secretOf(t, accessKeyId),
    secretAccessKey: secretOf(t, secretAccessKey),
    ...(sessionToken === undefined ? {} : { sessionToken: secretOf(t, sessionToken) }),
    ...options,
  })
  const { effects, ...connected } = definition.connect()
  return { definition, ...connected, ...effects }
}

type Credentials = Pick<AwsLambdaStandIn, 'url' | 'region' | 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

function saysCredentialsAreWrong(error: unknown): boolean {
  return error instanceof ConnectorRefused && error.status === 401 && /credentials are wrong/.test(error.message)
}

async function lambda(t: TestContext, options: AwsLambdaStandInOptions = {}) {
  const standIn = await startAwsLambda(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn) }
}

test('starts an execution of a durable function, whose name is the marker', async (t) => {
  const { standIn, start } = await lambda(t)

  const { arn } = await start.make(scan, making())

  assert.match(arn, /^arn:aws:lambda:eu-central-1:123456789012:function:scan-host:7\/durable-execution\/adder-0123/)
  assert.deepEqual(standIn.started(), [marker])
  assert.deepEqual(standIn.invocations(), [{ function: 'scan-host', type: 'Event', payload: { host: 'web-1' } }])
})

test('starts no second execution where the answer of the first got lost, whether it still runs or not', async (t) => {
  const { standIn, start } = await lambda(t)
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(
    start.make(scan, making()),
    (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened,
  )
  standIn.misbehave({})

  const running = await start.make(scan, making())
  standIn.finish('SUCCEEDED')
  const over = await start.make(scan, making())

  assert.deepEqual(running, over)
  assert.deepEqual(standIn.started(), [marker])
})

test('is refused another payload under the name of an execution that was started', async (t) => {
  const { standIn, start } = await lambda(t)
  await start.make(scan, making())

  await assert.rejects(
    start.make({ ...scan, payload: { host: 'web-2' } }, making()),
    (error) => error instanceof ConnectorRefused && error.status === 409,
  )
  assert.equal(standIn.started().length, 1)
})

test('tells of an execution until it has succeeded, and what it returned', async (t) => {
  const { standIn, start, lookups } = await lambda(t)
  const started = await start.make(scan, making())

  const running = await lookups.execution(started, call())
  const early = await lookups.result(started, call())
  standIn.finish('SUCCEEDED', { result: '{"open":[22,443]}' })
  const over = await lookups.execution(started, call())
  const result = await lookups.result(started, call())

  assert.ok(running.kind === 'found' && over.kind === 'found')
  const { startedAt, ...rest } = running.value
  assert.deepEqual([rest, isOver(running.value)], [{ status: 'running', version: '7' }, false])
  const endedAt = new Date(Date.parse(startedAt) + 61_234).toISOString()
  assert.deepEqual(over.value, { status: 'succeeded', version: '7', startedAt, endedAt })
  assert.ok(isOver(over.value))
  assert.deepEqual(early, { kind: 'found', value: {} })
  assert.deepEqual(result, { kind: 'found', value: { result: { open: [22, 443] } } })
})

for (const [what, result, told] of [
  ['a text that is no JSON', 'open: 22', { result: 'open: 22' }],
  ['nothing', '', {}],
  ['null', 'null', { result: null }],
  ['more than is kept', JSON.stringify('x'.repeat(100_000)), {}],
  ['levels without end', '['.repeat(5000) + ']'.repeat(5000), {}],
] as const)
  test(`tells of an execution that returned ${what}`, async (t) => {
    const { standIn, start, lookups } = await lambda(t)
    const started = await start.make(scan, making())
    standIn.finish('SUCCEEDED', { result })

    assert.deepEqual(await lookups.result(started, call()), { kind: 'found', value: told })
  })

for (const status of ['FAILED', 'TIMED_OUT'] as const)
  test(`tells why an execution has ${status}`, async (t) => {
    const { standIn, start, lookups } = await lambda(t)
    const started = await start.make(scan, making())
    standIn.finish(status, { error: { ErrorType: 'NoRoute', ErrorMessage: 'x'.repeat(5000) } })

    const over = await lookups.execution(started, call())
    const result = await lookups.result(started, call())

    assert.ok(over.kind === 'found' && result.kind === 'found')
    assert.deepEqual([over.value.status, isOver(over.value)], [status.toLowerCase(), true])
    assert.deepEqual(result.value, { error: { type: 'NoRoute', message: 'x'.repeat(4000) } })
  })

test('does not find an execution whose retention period is over', async (t) => {
  const { standIn, start, lookups } = await lambda(t)
  const started = await start.make(scan, making())
  standIn.expire()

  assert.deepEqual(await lookups.execution(started, call()), { kind: 'not_found' })
  assert.deepEqual(await lookups.result(started, call()), { kind: 'not_found' })
})

test('does not take the 404 of a wrong address for an execution that is not there', async (t) => {
  const server = await httpStandIn({ routes: {} })
  t.after(() => server.close())
  const credentials = { region: 'eu-central-1', accessKeyId: 'A', secretAccessKey: 's', sessionToken: undefined }
  const { lookups } = connect(t, { url: server.url, ...credentials })
  const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:scan-host:7/durable-execution/a/b'

  await assert.rejects(lookups.execution({ arn }, call()), ConnectorAnswerInvalid)
})

test('stops an execution, and finds it stopped', async (t) => {
  const { start, stop, lookups } = await lambda(t)
  const started = await start.make(scan, making())
  assert.deepEqual(await stop.find?.(started, making()), { kind: 'not_found' })

  await stop.make(started, making())

  const over = await lookups.execution(started, call())
  const result = await lookups.result(started, call())
  assert.ok(over.kind === 'found')
  assert.equal(over.value.status, 'stopped')
  assert.deepEqual(result, { kind: 'found', value: { error: { type: 'Adder', message: 'Stopped by Adder' } } })
  assert.deepEqual(await stop.find?.(started, making()), { kind: 'found', value: started })
})

test('invokes a function, gives it the marker, and returns its answer', async (t) => {
  const { standIn, invoke } = await lambda(t)

  const invoked = await invoke.make({ function: 'resolve-name', payload: { host: 'ü' } }, making())

  const payload = { host: 'ü', adderMarker: marker }
  assert.deepEqual(invoked, { answer: payload })
  assert.deepEqual(standIn.invocations(), [{ function: 'resolve-name', type: 'RequestResponse', payload }])
})

test('has a function queued, with the marker', async (t) => {
  const { standIn, invokeAsync } = await lambda(t)

  assert.equal(await invokeAsync.make({ function: 'resolve-name' }, making()), undefined)

  const payload = { adderMarker: marker }
  assert.deepEqual(standIn.invocations(), [{ function: 'resolve-name', type: 'Event', payload }])
})

test('takes a function that failed for a refusal, although Lambda answers 200, and shows no secret of it', async (t) => {
  const token = 'token-that-the-function-should-not-show'
  const failing = {
    run() {
      throw new TypeError(`no route\n${token}`)
    },
  }
  const { invoke } = await lambda(t, { functions: { failing }, sessionToken: token })

  await assert.rejects(invoke.make({ function: 'failing' }, making()), (error) => {
    assert.ok(error instanceof ConnectorRefused && error.status === 200)
    assert.match(error.message, /invoke: the function failed \(TypeError: no route/)
    assert.doesNotMatch(inspect(error, { depth: 10 }), /token-that/)
    return true
  })
})

test('takes a function that failed without saying why for a refusal, too', async (t) => {
  const server = await httpStandIn({
    routes: {
      'GET /2015-03-31/functions/:name/configuration': () => ({ json: { Timeout: 3 } }),
      'POST /2015-03-31/functions/:name/invocations': () => ({
        headers: { 'x-amz-function-error': 'Unhandled' },
        json: 'out of memory',
      }),
    },
  })
  t.after(() => server.close())
  const credentials = { region: 'eu-central-1', accessKeyId: 'A', secretAccessKey: 's', sessionToken: undefined }
  const { invoke } = connect(t, { url: server.url, ...credentials })

  await assert.rejects(
    invoke.make({ function: 'f' }, making()),
    (error) => error instanceof ConnectorRefused && /failed \(it does not say why\)/.test(error.message),
  )
})

for (const [operation, named, isDurable, timeout, problem] of [
  ['start', 'a function that is not durable', false, 3, /is not durable, so it could not be followed/],
  ['invoke', 'a durable function', true, 3, /is durable, and start has it done once/],
  ['invokeAsync', 'a durable function', true, 3, /is durable, and start has it done once/],
  ['invoke', 'a function that may take longer than it is waited for', false, 900, /time-out is 900 seconds/],
] as const)
  test(`${operation} invokes nothing of ${named}`, async (t) => {
    const { standIn, ...made } = await lambda(t, { functions: { f: { isDurable, timeout } } })

    await assert.rejects(
      made[operation].make({ function: 'f', qualifier: '1' }, making()),
      (error) => error instanceof ConnectorRefused && problem.test(error.message) && /nothing was/.test(error.message),
    )
    assert.equal(standIn.invocations().length, 0)
  })

test('has a function that takes long queued', async (t) => {
  const { standIn, invokeAsync } = await lambda(t, { functions: { slow: { timeout: 900 } } })

  await invokeAsync.make({ function: 'slow' }, making())

  assert.equal(standIn.invocations().length, 1)
})

test('names a function by its ARN, too', async (t) => {
  const { standIn, invoke } = await lambda(t)
  const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:resolve-name'

  await invoke.make({ function: arn, qualifier: '$LATEST' }, making())

  assert.equal(standIn.invocations()[0]?.function, 'resolve-name')
})

test('is refused a function that is not there', async (t) => {
  const { start, invoke } = await lambda(t)

  for (const make of [
    () => start.make({ ...scan, function: 'f' }, making()),
    () => invoke.make({ function: 'f' }, making()),
  ])
    await assert.rejects(make, (error) => error instanceof ConnectorRefused && error.status === 404)
})

test('waits where Lambda throttles', async (t) => {
  const { standIn, invoke } = await lambda(t)
  standIn.misbehave({ rateLimited: 1, retryAfterSeconds: 7 })

  await assert.rejects(
    invoke.make({ function: 'resolve-name' }, making()),
    (error) => error instanceof ConnectorRateLimited && error.until !== undefined,
  )
})

for (const name of ['', '../account-settings', 'a b', 'f:live', 'x'.repeat(65), 'arn:aws:s3:::bucket', 'f\n'])
  test(`asks for no function called ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
    const { standIn, start, invoke } = await lambda(t)

    await assert.rejects(start.make({ ...scan, function: name }, making()), ConnectorInputInvalid)
    await assert.rejects(invoke.make({ function: name }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

for (const arn of ['', 'adder-1', 'arn:aws:lambda:eu-central-1:123456789012:function:f:7/durable-execution/a/../../x'])
  test(`asks after no execution ${JSON.stringify(arn)}`, async (t) => {
    const { standIn, lookups, stop } = await lambda(t)

    await assert.rejects(lookups.execution({ arn }, call()), ConnectorInputInvalid)
    await assert.rejects(stop.make({ arn }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

const mebibyte = 1024 * 1024

for (const [operation, limit] of [
  ['start', mebibyte],
  ['invoke', 6 * mebibyte],
  ['invokeAsync', mebibyte],
] as const)
  test(`${operation} sends a payload of ${limit} bytes at most, as Lambda takes it`, async (t) => {
    const functions = { f: { isDurable: operation === 'start', run: () => 'done' } }
    const { standIn, ...made } = await lambda(t, { functions })
    // What JSON adds to the text, and what the marker needs.
    const largest = limit - '{"host":""}'.length - (operation === 'start' ? 0 : 50)
    const input = (length: number) => ({ function: 'f', qualifier: '1', payload: { host: 'x'.repeat(length) } })

    await made[operation].make(input(largest), making())

    assert.equal(standIn.invocations().length, 1)
    await assert.rejects(made[operation].make(input(largest + 1), making()), ConnectorInputInvalid)
    await assert.rejects(made[operation].make(input(100_000_000), making()), ConnectorInputInvalid)
    assert.equal(standIn.invocations().length, 1)
  })

test('sends no field that is Adder’s own', async (t) => {
  const { standIn, invoke, invokeAsync } = await lambda(t)
  const input = { function: 'resolve-name', payload: { adderMarker: 'mine' } }

  await assert.rejects(invoke.make(input, making()), ConnectorInputInvalid)
  await assert.rejects(invokeAsync.make(input, making()), ConnectorInputInvalid)
  assert.equal(standIn.requests.length, 0)
})

test('signs with temporary credentials, too, and needs all of them', async (t) => {
  const { standIn, definition, invoke } = await lambda(t, { sessionToken: 'FwoGZXIvYXdzE/+=' })

  await invoke.make({ function: 'resolve-name' }, making())

  assert.equal(standIn.invocations().length, 1)
  assert.equal(definition.secrets.length, 3)
})

for (const [what, wrong] of [
  ['another secret', { secretAccessKey: 'another-secret' }],
  ['another key', { accessKeyId: 'AKIAOTHER' }],
  ['a session token of nobody', { sessionToken: 'of-nobody' }],
  ['another region', { region: 'us-east-1' }],
] as const)
  test(`says that the credentials are wrong with ${what}`, async (t) => {
    const { standIn } = await lambda(t)
    const { url, region, accessKeyId, secretAccessKey, sessionToken } = standIn
    const { probe, start } = connect(t, { url, region, accessKeyId, secretAccessKey, sessionToken, ...wrong })

    await assert.rejects(probe(call()), saysCredentialsAreWrong)
    await assert.rejects(start.make(scan, making()), saysCredentialsAreWrong)
    assert.equal(standIn.invocations().length, 0)
  })

test('says that the credentials are wrong where their session is over', async (t) => {
  const { standIn, start, lookups } = await lambda(t, { sessionToken: 'FwoGZXIvYXdzE/+=' })
  const started = await start.make(scan, making())
  standIn.endSession()

  await assert.rejects(start.make(scan, making()), saysCredentialsAreWrong)
  await assert.rejects(lookups.execution(started, call()), saysCredentialsAreWrong)
})

test('is refused what the credentials may not do, which waiting does not mend', async (t) => {
  const denied = () => ({ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, json: {} })
  const server = await httpStandIn({ routes: { 'GET /2016-08-19/account-settings': denied } })
  t.after(() => server.close())
  const credentials = { region: 'eu-central-1', accessKeyId: 'A', secretAccessKey: 's', sessionToken: undefined }
  const { probe } = connect(t, { url: server.url, ...credentials })

  await assert.rejects(probe(call()), (error) => error instanceof ConnectorRefused && error.status === 403)
})

test('waits for a function that is not ready yet', async (t) => {
  const functions = { durable: { isDurable: true, isPending: true }, plain: { isPending: true } }
  const { standIn, start, invoke, invokeAsync } = await lambda(t, { functions })
  const each = [
    () => start.make({ ...scan, function: 'durable' }, making()),
    () => invoke.make({ function: 'plain' }, making()),
    () => invokeAsync.make({ function: 'plain' }, making()),
  ]

  for (const make of each)
    await assert.rejects(
      make,
      (error) =>
        error instanceof ConnectorUnavailable && !error.mayHaveHappened && /state: Pending/.test(error.message),
    )
  assert.equal(standIn.invocations().length, 0)

  for (const pending of Object.values(functions)) pending.isPending = false
  await Promise.all(each.map((make) => make()))
  assert.equal(standIn.invocations().length, 3)
})

test('probes with one request that only reads', async (t) => {
  const { standIn, probe } = await lambda(t)

  await probe(call())

  assert.deepEqual(
    standIn.requests.map(({ method, path, status }) => [method, path, status]),
    [['GET', '/2016-08-19/account-settings', 200]],
  )
})

test('names a function’s page', async (t) => {
  const { start } = await lambda(t)

  assert.deepEqual(
    start.about?.({ ...scan, function: 'arn:aws:lambda:eu-central-1:123456789012:function:scan-host' }),
    {
      key: 'scan-host',
      url: 'https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/scan-host',
    },
  )
})

for (const region of ['', 'europe', 'eu-central-1.evil.example/', 'eu-central-1@evil'])
  test(`takes ${JSON.stringify(region)} for no region`, (t) => {
    const secret = secretOf(t, 'of-nobody')

    assert.throws(() => connector({ region, accessKeyId: secret, secretAccessKey: secret }), ConfigError)
  })
