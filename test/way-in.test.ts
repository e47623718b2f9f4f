import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type JenkinsStandIn, startJenkins } from '../src/integrations/jenkins/stand-in.ts'
import { root } from './support/adder-process.ts'
import { startTalk, type Talk } from './support/talk.ts'
import { until } from './support/until.ts'

let jenkins: JenkinsStandIn
let talk: Talk
const cleanUps: (() => Promise<void>)[] = []

before(async () => {
  jenkins = await startJenkins()
  cleanUps.push(() => jenkins.close())
  talk = await startTalk((cleanUp) => cleanUps.push(cleanUp), {
    project: path.join(root, 'examples/jobs'),
    hasWebhook: false,
    env: { JENKINS_URL: jenkins.url, JENKINS_USER: jenkins.user, JENKINS_TOKEN: jenkins.token },
  })
})

after(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp()
})

/** The block of docs/jobs.md that stands below this heading. */
function pasted(heading: string): string {
  const page = readFileSync(path.join(root, 'docs/jobs.md'), 'utf8')
  const [, section = ''] = page.split(`### ${heading}\n`)
  const [, block] = /```\w+\n(.*?)```/s.exec(section) ?? []
  assert.ok(block !== undefined, `docs/jobs.md has nothing to paste below "${heading}"`)
  return block
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-way-in-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** In CI they have to be there: a test that skips itself for ever proves nothing. */
function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined)
  return absent.length === 0 || process.env.CI ? false : `NO ${absent.join(', ').toUpperCase()}: nothing was called`
}

/** Not `spawnSync`: the stand-ins are in this process, and answer Adder meanwhile. */
async function run(program: string, args: readonly string[], options: { cwd: string; env: Record<string, string> }) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  return output
}

async function assertScannedOnce(host: string): Promise<void> {
  await until(`the scan of ${host} is queued`, () => jenkins.queued() === 1, {
    shown: () => talk.adder.output().slice(-3000),
  })
  jenkins.begin()
  jenkins.finish('SUCCESS')
  await talk.settled(host, 1)
  assert.equal(talk.tickets(host).length, 1)
  assert.equal(jenkins.builds().filter(({ parameters }) => parameters.HOST === host).length, 1)
}

const token = () => talk.secrets.ADDER_TOKEN ?? ''
const ownPath = { PATH: process.env.PATH ?? '' }

test('a pipeline of Jenkins calls Adder with what docs/jobs.md has to paste, and twice is once', {
  skip: missing('curl'),
}, async (t) => {
  const cwd = folderOf(t)
  const [, quoted = ''] = /sh '''(.*?)'''/s.exec(pasted('From Jenkins')) ?? []
  // Groovy reads "\\" in such a text as one backslash.
  const step = quoted.replaceAll('\\\\', '\\')
  writeFileSync(path.join(cwd, 'request.json'), JSON.stringify({ host: 'from-jenkins' }))
  const env = { ...ownPath, ADDER_URL: talk.adder.url, ADDER_TOKEN: token(), BUILD_TAG: 'jenkins-security-find-17' }

  const outputs = [await run('sh', ['-e', '-c', step], { cwd, env }), await run('sh', ['-e', '-c', step], { cwd, env })]

  assert.deepEqual(
    outputs.map((output) => JSON.parse(output).state),
    ['accepted', 'duplicate'],
  )
  await assertScannedOnce('from-jenkins')
})

test('a job of Rundeck calls Adder with what docs/jobs.md has to paste, and twice is once', {
  skip: missing('curl', 'jq'),
}, async (t) => {
  const cwd = folderOf(t)
  const env = {
    ...ownPath,
    ADDER_URL: talk.adder.url,
    RD_OPTION_ADDER_TOKEN: token(),
    RD_OPTION_HOST: 'from-rundeck',
    RD_JOB_EXECID: '17',
  }

  for (const _ of [1, 2]) await run('sh', ['-e', '-c', pasted('From Rundeck')], { cwd, env })

  await assertScannedOnce('from-rundeck')
})

test('a script step of Rundeck sends a host that would be more to a shell or to JSON as that host', {
  skip: missing('curl', 'jq'),
}, async (t) => {
  const host = `"; touch here; $(touch here) '`
  const env = { ...ownPath, RD_OPTION_ADDER_TOKEN: token(), RD_OPTION_HOST: host, RD_JOB_EXECID: '18' }
  const printing = pasted('From Rundeck').replace(/curl (.*?)--data ("\$\(.*?\)") .*$/ms, `printf %s $2`)

  const output = await run('sh', ['-e', '-c', printing], { cwd: folderOf(t), env })

  assert.deepEqual(JSON.parse(output), { host })
})

test('a rule of StackStorm calls Adder with what docs/jobs.md has to paste, and twice is once', async () => {
  const rendered = (template: string): string =>
    template.replace(/\{\{ (.*) \}\}/, (_, expression: string) => {
      const values: Record<string, string> = {
        'st2kv.system.adder_token | decrypt_kv': token(),
        'action_context.trigger_instance.id': '5f0c9d3a2f4e',
        '{"host": trigger.host} | to_json_string': JSON.stringify({ host: 'from-stackstorm' }),
      }
      assert.ok(values[expression] !== undefined, `nobody knows what ${expression} is`)
      return values[expression]
    })
  const rule = pasted('From StackStorm')
  const pairs = [...rule.matchAll(/^( +)([\w-]+): '?(.+?)'?$/gm)].map(([, indent = '', name = '', value = '']) => ({
    isHeader: indent.length > 4,
    name,
    value: rendered(value),
  }))
  const parameters = Object.fromEntries(pairs.filter((each) => !each.isHeader).map(({ name, value }) => [name, value]))
  const headers = Object.fromEntries(pairs.filter((each) => each.isHeader).map(({ name, value }) => [name, value]))
  const url = String(parameters.url).replace('https://adder.acme.example', talk.adder.url)
  const send = () => fetch(url, { method: String(parameters.method), headers, body: String(parameters.body) })

  const statuses = [(await send()).status, (await send()).status]

  assert.deepEqual([parameters.ref, statuses], ['core.http', [202, 202]])
  await assertScannedOnce('from-stackstorm')
})

test('a playbook of Ansible or AWX calls Adder with what docs/jobs.md has to paste, and twice is once', {
  skip: missing('ansible-playbook'),
}, async (t) => {
  const cwd = folderOf(t)
  const task = pasted('From Ansible and AWX').replaceAll(/^/gm, '    ')
  writeFileSync(path.join(cwd, 'play.yml'), `- hosts: all\n  gather_facts: false\n  tasks:\n${task}`)
  const variables = { adder_url: talk.adder.url, adder_token: token(), awx_job_id: 17 }
  writeFileSync(path.join(cwd, 'variables.json'), JSON.stringify(variables))
  const args = ['--inventory', 'from-ansible,', '--extra-vars', '@variables.json', 'play.yml']
  const env = { ...ownPath, HOME: cwd, LC_ALL: 'C.UTF-8' }

  const outputs = [await run('ansible-playbook', args, { cwd, env }), await run('ansible-playbook', args, { cwd, env })]

  assert.ok(outputs.every((output) => !output.includes(token())))
  await assertScannedOnce('from-ansible')
})

test('a function of AWS Lambda calls Adder with what docs/jobs.md has to paste, and twice is once', async (t) => {
  const file = path.join(folderOf(t), 'index.mjs')
  writeFileSync(file, pasted('From AWS Lambda'))
  const { handler } = await import(pathToFileURL(file).href)
  Object.assign(process.env, { ADDER_URL: talk.adder.url, ADDER_TOKEN: token() })
  t.after(() => {
    delete process.env.ADDER_URL
    delete process.env.ADDER_TOKEN
  })
  const context = { awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd' }

  const answers = [await handler({ host: 'from-lambda' }, context), await handler({ host: 'from-lambda' }, context)]

  assert.deepEqual(
    answers.map(({ state }) => state),
    ['accepted', 'duplicate'],
  )
  await assertScannedOnce('from-lambda')
  await assert.rejects(handler({ host: 'no host' }, context), /Adder answered 400/)
})
