import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, connectJenkins, jenkins, job, making } from '../../../test/support/jenkins-under-test.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'

test('takes a build out of the queue', async (t) => {
  const { standIn, start, stop, lookups } = await jenkins(t)
  const started = await start.make({ job }, making())
  assert.deepEqual(await stop.find?.(started, making()), { kind: 'not_found' })

  assert.deepEqual(await stop.make(started, making()), started)

  assert.equal(standIn.queued(), 0)
  assert.deepEqual(await lookups.build(started, call()), { kind: 'not_found' })
  assert.deepEqual(await stop.find?.(started, making()), { kind: 'found', value: started })
})

test('stops a build, which may go on for a while', async (t) => {
  const { standIn, start, stop, lookups } = await jenkins(t)
  const started = await start.make({ job }, making())
  standIn.begin()

  await stop.make(started, making())

  assert.deepEqual(await stop.find?.(started, making()), { kind: 'not_found' })
  standIn.abort()
  const answer = await lookups.build(started, call())
  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.state, 'aborted')
  assert.deepEqual(await stop.find?.(started, making()), { kind: 'found', value: started })
})

test('stops a build that left the queue when it was about to be taken out', async (t) => {
  const { standIn, start, stop, lookups } = await jenkins(t)
  const started = await start.make({ job }, making())
  standIn.watch((moment, { path }) => {
    if (moment === 'arrived' && path === '/queue/cancelItem') standIn.begin()
  })

  await stop.make(started, making())

  standIn.abort()
  const answer = await lookups.build(started, call())
  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.state, 'aborted')
})

test('stops only the build that was meant, and leaves one alone that is over or gone', async (t) => {
  const { standIn, start, stop, lookups } = await jenkins(t)
  const first = await start.make({ job }, making())
  standIn.begin()
  standIn.finish('SUCCESS')
  const second = await start.make({ job }, making('adder-ffffffffffffffffffffffff'))
  standIn.begin()

  await stop.make(first, making())
  await stop.make({ job, queueItem: 99 }, making())
  standIn.abort()

  const answer = await lookups.build(second, call())
  assert.ok(answer.kind === 'found')
  assert.equal(answer.value.state, 'running')
  assert.ok(!standIn.requests.some(({ path }) => /stop|cancel/.test(path)))
})

for (const where of ['in the queue', 'running'])
  test(`is refused to stop a build ${where} without the right`, async (t) => {
    const { standIn, start, stop } = await jenkins(t)
    const started = await start.make({ job }, making())
    if (where === 'running') standIn.begin()
    standIn.forbidCancelling()

    await assert.rejects(stop.make(started, making()), ConnectorRefused)
    assert.deepEqual(await stop.find?.(started, making()), { kind: 'not_found' })
  })

for (const [what, answer] of [
  ['another page', { html: '<h1>Welcome</h1>' }],
  ['the way to another host', { status: 302, headers: { location: 'https://login.example/' } }],
  ['the way to nowhere', { status: 302 }],
] as const)
  test(`does not take ${what} for a build that was stopped`, async (t) => {
    const url = 'https://jenkins.example/job/scan/7/'
    const begun = { number: 7, url, queueId: 1, building: true, result: null, timestamp: 0, duration: 0, actions: [] }
    const server = await httpStandIn({
      routes: {
        'GET /queue/api/json': () => ({ json: { items: [] } }),
        'GET /job/scan/api/json': () => ({ json: { allBuilds: [begun] } }),
        'POST /job/scan/7/stop': () => answer,
      },
    })
    t.after(() => server.close())
    const { stop } = connectJenkins(t, server.url, 'token-of-nobody')

    await assert.rejects(stop.make({ job: 'scan', queueItem: 1 }, making()), ConnectorRefused)
  })

test('takes an old Jenkins’ redirect for no proof that a build was taken out of the queue', async (t) => {
  const items = [{ id: 1, why: null, actions: [] }]
  const server = await httpStandIn({
    routes: {
      'GET /queue/api/json': () => ({ json: { items } }),
      'GET /job/scan/api/json': () => ({ json: { allBuilds: [] } }),
      'POST /queue/cancelItem': () => ({ status: 302, headers: { location: '.' } }),
    },
  })
  t.after(() => server.close())
  const { stop } = connectJenkins(t, server.url, 'token-of-nobody')
  const started = { job: 'scan', queueItem: 1 }

  await assert.rejects(stop.make(started, making()), ConnectorRefused)
  server.watch((_, { path }) => {
    if (path === '/queue/cancelItem') items.pop()
  })
  assert.deepEqual(await stop.make(started, making()), started)
})
