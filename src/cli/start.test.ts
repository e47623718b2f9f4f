import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { adderProcess, projectFolder } from '../../test/cli/adder-process.ts'
import { until } from '../../test/support/until.ts'
import { type JiraStandIn, startJira } from '../integrations/jira/stand-in.ts'

const talk = fileURLToPath(new URL('../../examples/talk', import.meta.url))
const empty = { 'adder.config.ts': 'export default {}' }

async function listeningServer(t: TestContext): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return server
}

describe('adder start says in one sentence', () => {
  test('that there is no configuration', async (t) => {
    const folder = projectFolder(t, {})
    const adder = adderProcess(t, ['start', '--config', folder])

    assert.equal(await adder.ended, 1)
    assert.match(adder.stderr(), /there is no adder\.config\.ts in this folder/)
  })

  test('that the port is taken', async (t) => {
    const server = await listeningServer(t)
    const { port } = server.address() as AddressInfo // a TCP server's address is one
    const folder = projectFolder(t, empty)
    const adder = adderProcess(t, ['start', '-c', folder, '-d', path.join(folder, 'data'), '--port', String(port)])

    assert.equal(await adder.ended, 1)
    assert.equal(
      adder.stderr(),
      `adder: Adder can't listen on 127.0.0.1, port ${port}: another program listens there. Choose others with --host and --port\n`,
    )
  })

  test('that the data folder can’t be one', async (t) => {
    const folder = projectFolder(t, { ...empty, data: 'a file' })
    const file = path.join(folder, 'data')
    const adder = adderProcess(t, ['start', '-c', folder, '-d', file])
    const below = adderProcess(t, ['start', '-c', folder, '-d', path.join(file, 'below')])

    assert.deepEqual([await adder.ended, await below.ended], [1, 1])
    assert.equal(
      adder.stderr(),
      `adder: The data folder ${file} can't be used: there is a file of this name. Choose another one with --data\n`,
    )
    assert.match(below.stderr(), /can't be used: a part of its path is a file/)
  })

  test('that no data folder can be made where no folder can be', { skip: process.platform !== 'linux' }, async (t) => {
    const folder = projectFolder(t, empty)
    const adder = adderProcess(t, ['start', '-c', folder, '-d', '/proc/adder/data'])

    assert.equal(await adder.ended, 1)
    assert.match(
      adder.stderr(),
      /^adder: The data folder \/proc\/adder\/data can't be used: no folder can be made there/,
    )
  })

  test('that another Adder runs on the data folder, which goes on', async (t) => {
    const folder = projectFolder(t, empty)
    const args = ['start', '-c', folder, '-d', path.join(folder, 'data'), '--port', '0']
    const first = adderProcess(t, args)
    const { url } = await first.logged({ msg: 'listening' })

    const second = adderProcess(t, args)

    assert.equal(await second.ended, 1)
    assert.match(second.stderr(), /^adder: Another Adder \(process \d+.*\) already runs on the data folder/)
    assert.equal((await fetch(`${url}/ready`)).status, 200)
  })
})

test('adder start that is asked to end before it is ready gives the start up, and leaves no engine', async (t) => {
  const folder = projectFolder(t, empty)
  const data = path.join(folder, 'data')
  const adder = adderProcess(t, ['start', '-c', folder, '-d', data, '--port', '0'])
  const pidFile = path.join(data, 'engine.pid')
  let enginePid = 0
  // The file is there a moment before its content, and 0 would be this very process.
  while (enginePid === 0) {
    await new Promise(setImmediate)
    if (existsSync(pidFile)) enginePid = Number(readFileSync(pidFile, 'utf8'))
  }

  const askedAt = performance.now()
  adder.child.kill('SIGTERM')
  const code = await adder.ended
  const ms = performance.now() - askedAt

  assert.equal(code, 0, adder.stderr())
  assert.ok(ms < 3000, `took ${ms} ms`)
  assert.ok(!adder.log().some(({ msg }) => msg === 'started'))
  // The system may need a moment until an ended process has no number any more.
  await until('the engine is gone', () => !isKnown(enginePid))
})

test('adder start ends within three seconds when it is asked to, lets a write end, and goes on after the next start', async (t) => {
  const jira = await startJira({ webhookRetryMs: 10 })
  t.after(() => jira.close())
  const data = path.join(projectFolder(t, {}), 'data')
  const env = talkEnv(jira)
  const args = ['start', '--config', talk, '--data', data, '--port', '0']
  const first = adderProcess(t, args, env)
  const { url } = await first.logged({ msg: 'listening' })
  assert.ok(typeof url === 'string')
  jira.misbehave({ slowMs: 400 })

  const answer = await postAlert(url)
  while (!isOpening(jira)) await new Promise(setImmediate)
  const askedAt = performance.now()
  first.child.kill('SIGTERM')
  const code = await first.ended
  const ms = performance.now() - askedAt

  assert.equal(answer.status, 202)
  assert.equal(code, 0)
  assert.ok(ms < 3000, `took ${ms} ms`)
  const opened = first.log().filter(({ msg, step, effect }) => msg === 'step' && step === 'jira.open' && effect)
  assert.deepEqual(
    opened.map(({ effect }) => effect),
    ['made'],
  )

  jira.misbehave({})
  const second = adderProcess(t, args, env)
  // Nobody answers its questions, and after several attempts at them the ticket says so.
  await second.logged({ msg: 'step', step: 'jira.comment', effect: 'made' })

  assert.equal(jira.issues().length, 1)
  assert.ok(!first.log().some(({ step }) => step === 'jira.comment'))
})

/** The environment of the talk's configuration: Jira is there, and nobody else. */
function talkEnv(jira: JiraStandIn): Record<string, string> {
  return {
    SPLUNK_HOOK_TOKEN: 'token-of-splunk',
    JIRA_HOOK_SECRET: 'secret-of-jira',
    JIRA_URL: jira.url,
    JIRA_EMAIL: jira.email,
    JIRA_TOKEN: jira.token,
    AD_URL: 'ldaps://127.0.0.1:1',
    AD_PASSWORD: 'password-of-directory',
    VT_URL: 'http://127.0.0.1:1',
    VT_API_KEY: 'key-of-virustotal',
    ADDER_TOKEN: 'token-of-adder',
  }
}

function postAlert(url: string): Promise<Response> {
  const alert = { sid: 'scheduler_1', search_name: 'MockScan Alert', result: { user: 'mlisa', md5: '9'.repeat(32) } }
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/hooks/splunk/token-of-splunk`, { method: 'POST', headers, body: JSON.stringify(alert) })
}

function isOpening(jira: JiraStandIn): boolean {
  return jira.requests.some(({ method, path }) => method === 'POST' && path === '/rest/api/3/issue')
}

function isKnown(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
