import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, connectJenkins, jenkins, job, making } from '../../../test/support/jenkins-under-test.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'

test('tells the last lines of a build’s log, from its beginning to its end', async (t) => {
  const { standIn, start, lookups } = await jenkins(t)
  const started = await start.make({ job }, making())

  const queued = await lookups.console(started, call())
  standIn.begin()
  standIn.write('one\ntwo\nhalf')
  const running = await lookups.console(started, call())
  standIn.write(' a line\nFinished: SUCCESS\n')
  standIn.finish('SUCCESS')
  const over = await lookups.console(started, call())
  standIn.deleteBuilds()
  const gone = await lookups.console(started, call())

  assert.deepEqual(
    [queued, running, over].map((answer) => answer.kind === 'found' && answer.value),
    ['', 'one\ntwo', 'one\ntwo\nhalf a line\nFinished: SUCCESS'],
  )
  assert.deepEqual(gone, { kind: 'not_found' })
})

for (const [what, line, told] of [
  ['many lines', `${'ü'.repeat(98)}\n`, 40],
  ['a single line without end', 'ü', 1],
] as const)
  test(`tells at most 4,000 characters of a log with ${what}, and asks for its end only`, async (t) => {
    const { standIn, start, lookups } = await jenkins(t)
    const started = await start.make({ job }, making())
    standIn.begin()
    standIn.write(line.repeat(200_000))
    standIn.finish('FAILURE')

    const answer = await lookups.console(started, call())

    assert.ok(answer.kind === 'found')
    const lines = answer.value.split('\n')
    assert.ok(lines.every((each) => /^ü+$/.test(each)))
    assert.ok(answer.value.length > 3800 && answer.value.length <= 4000, String(answer.value.length))
    assert.equal(lines.length, told)
    const [sizing, reading] = standIn.requests.slice(-2)
    assert.deepEqual([sizing?.method, reading?.method], ['HEAD', 'GET'])
    const size = Buffer.byteLength(line.repeat(200_000))
    assert.equal(reading?.query, `start=${size - 64 * 1024}`)
  })

test('takes a page in place of a log for no log', async (t) => {
  const url = 'https://jenkins.example/job/scan/7/'
  const begun = { number: 7, url, queueId: 1, building: true, result: null, timestamp: 0, duration: 0, actions: [] }
  const page = () => ({ html: '<h1>Sign in</h1>' })
  const server = await httpStandIn({
    routes: {
      'GET /queue/api/json': () => ({ json: { items: [] } }),
      'GET /job/scan/api/json': () => ({ json: { allBuilds: [begun] } }),
      'HEAD /job/scan/7/logText/progressiveText': page,
      'GET /job/scan/7/logText/progressiveText': page,
    },
  })
  t.after(() => server.close())
  const { lookups } = connectJenkins(t, server.url, 'token-of-nobody')

  await assert.rejects(lookups.console({ job: 'scan', queueItem: 1 }, call()), ConnectorAnswerInvalid)
})
