import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, connectJenkins, jenkins, job, making, marker } from '../../../test/support/jenkins-under-test.ts'
import { until } from '../../../test/support/until.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { isOver } from './connector.ts'
import type { StandInResult } from './stand-in.ts'

test('starts a build with its parameters and the marker', async (t) => {
  const { standIn, start } = await jenkins(t, { jobs: { [job]: ['HOST', 'DEPTH', 'DEEP', 'ADDER_MARKER'] } })

  const started = await start.make({ job, parameters: { HOST: 'a&b=c ü', DEPTH: 3, DEEP: true } }, making())

  standIn.begin()
  assert.deepEqual(started, { job, queueItem: 1 })
  assert.deepEqual(standIn.builds(), [
    { number: 1, parameters: { HOST: 'a&b=c ü', DEPTH: '3', DEEP: 'true', ADDER_MARKER: marker } },
  ])
})

test('sends parameters in no address, where they would be logged', async (t) => {
  const { standIn, start } = await jenkins(t)

  await start.make({ job, parameters: { HOST: 'mona-laptop' } }, making())

  assert.deepEqual(
    standIn.requests.map(({ method, path, query }) => [method, path, query.includes('mona')]),
    [
      ['GET', '/job/security/job/scan/api/json', false],
      ['POST', '/job/security/job/scan/buildWithParameters', false],
    ],
  )
})

test('starts two builds with the same parameters as two, which Jenkins would make one of', async (t) => {
  const { standIn, start } = await jenkins(t)

  await start.make({ job, parameters: { HOST: 'mona-laptop' } }, making())
  await start.make({ job, parameters: { HOST: 'mona-laptop' } }, making('adder-ffffffffffffffffffffffff'))

  assert.equal(standIn.queued(), 2)
})

test('tells of a build from the queue to its end', async (t) => {
  const { standIn, start, lookups } = await jenkins(t)
  const started = await start.make({ job }, making())

  const queued = await lookups.build(started, call())
  standIn.begin()
  const running = await lookups.build(started, call())
  standIn.finish('UNSTABLE')
  const over = await lookups.build(started, call())

  assert.deepEqual(queued, {
    kind: 'found',
    value: { state: 'queued', why: 'In the quiet period. Expires in 4.9 sec' },
  })
  assert.ok(running.kind === 'found' && over.kind === 'found')
  const { startedAt = '', ...rest } = running.value
  assert.deepEqual(rest, { state: 'running', number: 1, url: `${standIn.url}/job/security/job/scan/1/` })
  assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < 60_000)
  assert.deepEqual(over.value, { ...running.value, state: 'unstable', seconds: 61 })
})

for (const [result, state] of [
  ['SUCCESS', 'success'],
  ['FAILURE', 'failure'],
  ['ABORTED', 'aborted'],
  ['NOT_BUILT', 'not_built'],
] satisfies [StandInResult, string][])
  test(`says that ${result} is the end`, async (t) => {
    const { standIn, start, lookups } = await jenkins(t)
    const started = await start.make({ job }, making())
    standIn.begin()
    standIn.finish(result)

    const answer = await lookups.build(started, call())

    assert.ok(answer.kind === 'found')
    assert.deepEqual([answer.value.state, isOver(answer.value)], [state, true])
  })

test('does not find a build that was taken out of the queue, or deleted', async (t) => {
  const { standIn, start, lookups } = await jenkins(t)
  const cancelled = await start.make({ job }, making())
  standIn.cancelQueued()
  const deleted = await start.make({ job }, making('adder-ffffffffffffffffffffffff'))
  standIn.begin()
  standIn.deleteBuilds()

  const answers = [await lookups.build(cancelled, call()), await lookups.build(deleted, call())]

  assert.deepEqual(answers, [{ kind: 'not_found' }, { kind: 'not_found' }])
})

test('finds what an attempt without an answer started, in the queue, while it runs and when it is over', async (t) => {
  const { standIn, start } = await jenkins(t)
  assert.deepEqual(await start.find?.({ job }, making()), { kind: 'not_found' })
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(start.make({ job }, making()))
  standIn.misbehave({})
  await start.make({ job }, making('adder-ffffffffffffffffffffffff'))

  const inQueue = await start.find?.({ job }, making())
  standIn.begin()
  const running = await start.find?.({ job }, making())
  standIn.finish('SUCCESS')
  const over = await start.find?.({ job }, making())

  const found = { kind: 'found', value: { job, queueItem: 1 } }
  assert.deepEqual([inQueue, running, over], [found, found, found])
})

for (const [what, beganAt, told] of [
  ['does not know whether it is there where all builds that it sees are younger', '2026-11-29T07:00:01Z', undefined],
  ['knows that it is not there where it sees one that is older', '2026-11-29T06:59:59Z', { kind: 'not_found' }],
] as const)
  test(what, async (t) => {
    const began = {
      number: 7,
      url: 'https://j/7',
      queueId: 1,
      timestamp: Date.parse(beganAt),
      duration: 0,
      actions: [],
    }
    const allBuilds = Array.from({ length: 300 }, () => ({ ...began, building: false, result: 'SUCCESS' }))
    const server = await httpStandIn({
      routes: {
        'GET /queue/api/json': () => ({ json: { items: [] } }),
        'GET /job/scan/api/json': () => ({ json: { allBuilds } }),
      },
    })
    t.after(() => server.close())
    const { start } = connectJenkins(t, server.url, 'token-of-nobody')

    const finding = start.find?.({ job: 'scan' }, { ...making(), intendedAt: '2026-11-29T07:00:00Z' })

    if (told === undefined) await assert.rejects(async () => finding, ConnectorUnavailable)
    else assert.deepEqual(await finding, told)
  })

test('finds the build that it started, and not the one that a person made of it again', async (t) => {
  const { standIn, start } = await jenkins(t)
  const first = await start.make({ job }, making())
  standIn.begin()
  await start.make({ job }, making())
  standIn.begin()

  assert.deepEqual(await start.find?.({ job }, making()), { kind: 'found', value: first })
})

test('finds a build of a job that has a password, too', async (t) => {
  const { standIn, start, lookups } = await jenkins(t, { jobs: { [job]: ['PASSWORD', 'ADDER_MARKER'] } })
  const started = await start.make({ job, parameters: { PASSWORD: 'of-nobody' } }, making())
  standIn.begin()

  const answers = [await start.find?.({ job }, making()), (await lookups.build(started, call())).kind]

  assert.deepEqual(answers, [{ kind: 'found', value: started }, 'found'])
})

test('starts nothing of a job that could not keep the marker', async (t) => {
  const { standIn, start } = await jenkins(t, { jobs: { [job]: ['HOST'] } })

  await assert.rejects(
    start.make({ job }, making()),
    (error) => error instanceof ConnectorRefused && /has no string parameter ADDER_MARKER.*started/.test(error.message),
  )
  assert.equal(standIn.queued(), 0)
})

test('is refused a job that is not there, and one that is disabled', async (t) => {
  const { standIn, start } = await jenkins(t)
  standIn.disable(job)

  for (const [name, status] of [
    ['security/no-such-job', 404],
    [job, 409],
  ] as const)
    await assert.rejects(
      start.make({ job: name }, making()),
      (error) => error instanceof ConnectorRefused && error.status === status,
    )
})

for (const name of ['', '/', 'a//b', '../../script', 'security/..', 'x'.repeat(501)])
  test(`asks for no job called ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
    const { standIn, start, lookups } = await jenkins(t)

    await assert.rejects(start.make({ job: name }, making()), ConnectorInputInvalid)
    await assert.rejects(lookups.build({ job: name, queueItem: 1 }, call()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

for (const [what, parameters] of [
  ['the marker’s own name', { ADDER_MARKER: 'mine' }],
  ['a name with a space', { 'A B': '1' }],
  ['a value of a megabyte', { HOST: 'x'.repeat(1_000_000) }],
] as [string, Record<string, string>][])
  test(`sends no parameter with ${what}`, async (t) => {
    const { standIn, start } = await jenkins(t)

    await assert.rejects(start.make({ job, parameters }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('says that a build runs that still does, although its result is known', async (t) => {
  const url = 'https://jenkins.example/job/scan/7/'
  const begun = {
    number: 7,
    url,
    queueId: 1,
    timestamp: Date.parse('2026-11-29T07:00:00Z'),
    duration: 0,
    actions: [{}],
  }
  const server = await httpStandIn({
    routes: {
      'GET /queue/api/json': () => ({ json: { items: [] } }),
      'GET /job/scan/api/json': () => ({ json: { allBuilds: [{ ...begun, building: true, result: 'FAILURE' }] } }),
    },
  })
  t.after(() => server.close())
  const { lookups } = connectJenkins(t, server.url, 'token-of-nobody')

  const answer = await lookups.build({ job: 'scan', queueItem: 1 }, call())

  const value = { state: 'running', number: 7, url, startedAt: '2026-11-29T07:00:00.000Z' }
  assert.deepEqual(answer, { kind: 'found', value })
})

test('takes an answer that names no queue item for none, and a strange result too', async (t) => {
  const allBuilds = [{ number: 1, url: 'https://j/1', queueId: 1, building: false, result: 'FINE', timestamp: 0 }]
  const server = await httpStandIn({
    routes: {
      'GET /queue/api/json': () => ({ json: { items: [] } }),
      'GET /job/scan/api/json': () => ({
        json: { property: [{ parameterDefinitions: [{ name: 'ADDER_MARKER' }] }], allBuilds },
      }),
      'POST /job/scan/buildWithParameters': () => ({ status: 201, headers: { location: '/job/scan/' } }),
    },
  })
  t.after(() => server.close())
  const { start, lookups } = connectJenkins(t, server.url, 'token-of-nobody')

  await assert.rejects(start.make({ job: 'scan' }, making()), ConnectorAnswerInvalid)
  await assert.rejects(
    lookups.build({ job: 'scan', queueItem: 1 }, call()),
    (error) => error instanceof ConnectorAnswerInvalid && error.message.includes('allBuilds.0.result'),
  )
})

test('names a job’s page', async (t) => {
  const { standIn, start } = await jenkins(t)

  assert.deepEqual(start.about?.({ job: 'security/a b' }), {
    key: 'security/a b',
    url: `${standIn.url}/job/security/job/a%20b`,
  })
})

test('probes with one request that only reads, and is refused with another token', async (t) => {
  const { standIn, probe } = await jenkins(t)
  const other = connectJenkins(t, standIn.url, 'another-token')

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

test('a stand-in that builds by itself shows people how it went', async (t) => {
  const { standIn, start, lookups } = await jenkins(t, { buildsLastMs: 20 })
  const started = await start.make({ job, parameters: { HOST: '<mona>' } }, making())

  const over = await until('the build is over', async () => {
    const { kind, value } = await lookups.build(started, call()).then((each) => ({ value: undefined, ...each }))
    return kind === 'found' && value !== undefined && isOver(value) && value
  })
  const console = await fetch(`${over.url}console`)

  assert.equal(over.state, 'success')
  assert.match(console.headers.get('content-type') ?? '', /^text\/plain/)
  assert.match(await console.text(), /HOST=<mona>\n.*\nFinished: SUCCESS$/)
  assert.equal((await fetch(`${standIn.url}/job/security/job/scan/2/console`)).status, 404)
})
