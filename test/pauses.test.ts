import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { type TestContext, test } from 'node:test'
import { RunPage } from '../src/api/shapes.ts'
import { adderClient } from '../src/cli/adder-client.ts'
import { endEngine, spawnNode } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'

test('a paused connector answers later and once, over a kill of Adder and of the engine; the other answers now', async (t) => {
  const talk = await startTalk((cleanUp) => t.after(cleanUp))
  await adder(talk, 'pause', 'connector', 'virustotal', '--reason', 'new key on Monday')

  await talk.postAlert(talk.alert({ user: 'mlisa', md5 }))
  await until("the directory's comment is there", () => talk.comments('mlisa').length === 1)
  await until('the run is shown as paused', async () => (await runs(talk, 'paused')).length === 1)
  const [run] = await runs(talk, 'paused')
  const shown = await adder(talk, 'runs', 'show', run?.id ?? '')
  const enginePid = talk.adder.enginePid()
  await talk.adder.kill()
  kill(enginePid, 'SIGKILL')
  await endEngine(talk.dataFolder)
  await talk.restart()
  const listed = await adder(talk, 'pause')
  const asked = talk.virustotal.requests.length
  await adder(talk, 'resume', 'connector', 'virustotal')

  const comments = await talk.settled('mlisa', 2)
  assert.match(shown, /virustotal\.file is held back since .* UTC: connector virustotal\s+is\s+paused/)
  assert.match(listed, /connector virustotal {2}local operator {2}new key on Monday/)
  assert.equal(asked, 0)
  assert.deepEqual(comments.map((text) => text.split(':')[0]).sort(), ['Active Directory', 'VirusTotal'])
  assert.equal(talk.virustotal.requests.length, 1)
  assert.deepEqual(await runs(talk, 'paused'), [])
  assert.equal((await runs(talk, 'finished')).length, 2)
})

test('when everything is paused, deliveries are accepted and Adder is ready, and tickets come when it goes on', async (t) => {
  const talk = await startTalk((cleanUp) => t.after(cleanUp))
  await adder(talk, 'pause', 'all')

  const answers = await Promise.all(['one', 'two'].map((user) => talk.postAlert(talk.alert({ user, md5 }))))
  await until('both runs are held back', async () => (await runs(talk, 'paused')).length === 2)
  const ready = await fetch(`${talk.adder.url}/ready`)
  assert.deepEqual([...answers.map(({ status }) => status), ready.status], [202, 202, 200])
  assert.deepEqual([...talk.tickets('one'), ...talk.tickets('two')], [])
  await talk.adder.kill()
  await talk.restart()
  await adder(talk, 'resume', 'all')

  await talk.settled('one', 2)
  await talk.settled('two', 2)
  assert.deepEqual([talk.tickets('one').length, talk.tickets('two').length], [1, 1])
})

test('says what is wrong where there is nothing of the name, or nothing is paused, and who paused what in the log', async (t) => {
  const talk = await startTalk((cleanUp) => t.after(cleanUp))

  const unknown = await refused(talk, 'pause', 'connector', 'virus-total')
  const unknownAutomation = await refused(talk, 'pause', 'automation', 'mock-scam')
  const notPaused = await refused(talk, 'resume', 'automation', 'mock-scan')
  const nothing = await adder(talk, 'pause', 'ls')
  await adder(talk, 'pause', 'automation', 'mock-scan', '--reason', `key ${talk.secrets.VT_API_KEY}`)
  const listed = JSON.parse(await adder(talk, 'pause', 'ls', '--json')) as { items: unknown[] } // what it prints
  const [{ since, ...item }] = listed.items as [{ since: string }]

  assert.match(unknown, /^adder: There is no connector "virus-total"\. There are: directory, virustotal, jira\.\n$/)
  assert.match(unknownAutomation, /^adder: There is no automation "mock-scam"\. There are: .*mock-scan/)
  assert.match(notPaused, /^adder: "automation mock-scan" is not paused\. Nothing is\.\n$/)
  assert.equal(nothing, 'Nothing is paused.\n')
  assert.ok(Date.parse(since) <= Date.now())
  assert.deepEqual(item, { what: 'automation', name: 'mock-scan', by: 'local operator', reason: 'key [secret]' })
  const line = await until('the log says so', () => talk.adder.log.find(({ msg }) => msg === 'paused'))
  assert.deepEqual([line.subject, line.by], ['automation mock-scan', 'local operator'])
})

test('pausing needs the scope to steer, and a name where one belongs', async (t: TestContext) => {
  const talk = await startTalk((cleanUp) => t.after(cleanUp))

  const withoutToken = await fetch(`${talk.adder.url}/api/pauses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ what: 'all' }),
  })
  const client = adderClient({ data: talk.dataFolder })
  const wrong = [
    { what: 'all', name: 'x' },
    { what: 'connector' },
    { what: 'source', name: 'x' },
    { what: 'all', x: 1 },
  ]
  const codes = await Promise.all(
    wrong.map((body) =>
      client.post('/api/pauses', RunPage, body).then(
        () => 'accepted',
        ({ reasonCode }: { reasonCode: string }) => reasonCode,
      ),
    ),
  )

  assert.equal(withoutToken.status, 401)
  assert.deepEqual(codes, Array(4).fill('endpoint.invalid_request'))
})

async function runs({ dataFolder }: Talk, state: string) {
  return (await adderClient({ data: dataFolder }).get('/api/runs', RunPage, { state })).items
}

async function run(talk: Talk, args: readonly string[]) {
  const { ended, output } = spawnNode([
    '--conditions=adder-source',
    'src/cli/main.ts',
    ...args,
    '--data',
    talk.dataFolder,
  ])
  return { code: (await ended).code, output: output() }
}

/** What a command of the command line prints. */
async function adder(talk: Talk, ...args: string[]): Promise<string> {
  const { code, output } = await run(talk, args)
  assert.equal(code, 0, output)
  return output
}

async function refused(talk: Talk, ...args: string[]): Promise<string> {
  const { code, output } = await run(talk, args)
  assert.equal(code, 1, output)
  return output
}
