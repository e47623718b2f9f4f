import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { kill } from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { adderProcess, projectFolder } from '../../test/cli/adder-process.ts'
import { enginePid } from '../../test/support/adder-process.ts'
import { tempProject } from '../../test/support/temp-project.ts'
import { isOnPostgres } from '../../test/support/test-database.ts'
import { until } from '../../test/support/until.ts'
import { startJira } from '../integrations/jira/stand-in.ts'
import { startRabbitMqStandIn } from '../integrations/rabbitmq/stand-in.ts'
import { startSplunk } from '../integrations/splunk/stand-in.ts'

/** A project with ticketing, a source and a sweep; the stand-ins that they lead to; and its folder. */
async function desk(t: TestContext) {
  const jira = await startJira()
  const splunk = await startSplunk({ webhookUrl: 'http://127.0.0.1:9/hooks/splunk/x', isTracked: false })
  t.after(() => Promise.all([jira.close(), splunk.close()]))
  const integration = (name: string): string =>
    JSON.stringify(new URL(`../integrations/${name}/index.ts`, import.meta.url).href)
  const folder = projectFolder(t, {
    'adder.config.ts': `
      import { defineConfig, secret } from 'adderjs'
      import * as jira from ${integration('jira')}
      import * as splunk from ${integration('splunk')}
      const history = process.env.HISTORY_URL ? { history: { url: secret('HISTORY_URL') } } : {}
      const sweep = process.env.SWEPT ? { url: process.env.SPLUNK_URL!, token: secret('SPLUNK_TOKEN') } : undefined
      export default defineConfig({
        ...history,
        sources: [splunk.source({ token: secret('SPLUNK_HOOK_TOKEN'), ...(sweep ? { sweep } : {}) })],
        ticketing: jira.ticketing({ url: process.env.JIRA_URL!, email: process.env.JIRA_EMAIL!,
          token: secret('JIRA_TOKEN'), project: 'SEC', type: 'Incident' }),
      })`,
  })
  const data = path.join(folder, 'data')
  const env = {
    SPLUNK_HOOK_TOKEN: 'value-of-hook-token',
    SPLUNK_URL: splunk.url,
    SPLUNK_TOKEN: 'stand-in-token',
    JIRA_URL: jira.url,
    JIRA_EMAIL: jira.email,
    JIRA_TOKEN: jira.token,
  }
  return { jira, folder, data, env, args: ['--config', folder, '--data', data] }
}

async function declareQueue(url: string, { password, queue }: { password: string; queue: string }): Promise<void> {
  const connection = await connect({ port: Number(new URL(url).port), username: 'adder', password })
  const channel = await connection.createChannel()
  await channel.assertQueue(queue, { durable: true })
  await connection.close()
}

interface Found {
  of: string
  state: string
  says: string
  fix?: string
}

describe('adder doctor', () => {
  test('finds nothing where all is well, and ends with 0', async (t) => {
    const { args, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    const { url } = await adder.logged({ msg: 'listening' })
    await adder.logged({ msg: 'started' })

    const doctor = adderProcess(t, ['doctor', ...args, '--url', String(url)], env)

    assert.equal(await doctor.ended, 0, doctor.stdout() + doctor.stderr())
    const lines = doctor.stdout().split('\n')
    for (const name of ['configuration', 'ticketing', 'clock', 'inbound "splunk"', 'engine', 'history', 'runs', 'disk'])
      assert.ok(
        lines.some((line) => line.startsWith(`✔ ${name} `)),
        `${name} is not well in\n${doctor.stdout()}`,
      )
    assert.match(doctor.stdout(), /✔ secrets +none is older than 180 days/)
    assert.match(doctor.stdout(), /\nAll is well\.\n$/)
  })

  test('warns of what is paused, and of what was kept on the last day', async (t) => {
    const { args, data, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    const { url } = await adder.logged({ msg: 'listening' })
    await adder.logged({ msg: 'started' })
    const pause = adderProcess(t, ['pause', 'connector', 'jira', '--reason', 'it moves', '--data', data])
    assert.equal(await pause.ended, 0, pause.stderr())
    await fetch(`${url}/hooks/splunk/${env.SPLUNK_HOOK_TOKEN}`, { method: 'POST', body: '{"not": "an alert"}' })

    const doctor = adderProcess(t, ['doctor', ...args, '--json'], env)

    assert.equal(await doctor.ended, 3, doctor.stdout() + doctor.stderr())
    const { findings } = JSON.parse(doctor.stdout()) as { findings: Found[] }
    const found = (of: string) => findings.find((each) => each.of === of)
    assert.match(found('pauses')?.says ?? '', /^connector jira since .* UTC, by local operator: it moves$/)
    assert.match(found('pauses')?.fix ?? '', /adder resume connector jira\.$/)
    assert.match(found('deliveries')?.says ?? '', /^1 of the last day could not be read and was kept, of splunk$/)
    assert.match(found('deliveries')?.fix ?? '', /adder deliveries ls --state kept/)
  })

  test('says what is wrong with each, how to mend it, and no secret', async (t) => {
    const { args, env } = await desk(t)
    const wrong = { ...env, JIRA_TOKEN: 'value-of-another-token', SWEPT: 'yes' }
    const nobody = 'http://127.0.0.1:9'

    const doctor = adderProcess(t, ['doctor', ...args, '--json', '--url', nobody], wrong)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    const { ok, findings } = JSON.parse(doctor.stdout()) as { ok: boolean; findings: Found[] }
    assert.equal(ok, false)
    const found = (of: string) => findings.find((each) => each.of === of)
    assert.match(found('ticketing')?.says ?? '', /answered 401/)
    assert.match(found('ticketing')?.fix ?? '', /JIRA_TOKEN .* has not expired/)
    assert.match(found('sweep of "splunk"')?.says ?? '', /"MockScan Alert" is not tracked/)
    assert.match(found('inbound "splunk"')?.says ?? '', /can't be reached/)
    assert.deepEqual([found('server')?.state, found('disk')?.state], ['warning', 'warning'])
    assert.doesNotMatch(doctor.stdout(), /value-of/)
  })

  test('asks a broker for the queue of a source, and not for a hook that it has not', async (t) => {
    const password = 'value-of-the-password'
    const broker = await startRabbitMqStandIn({ user: 'adder', password })
    t.after(() => broker.close())
    const { folder } = tempProject((cleanUp) => t.after(cleanUp), {})
    const config = `
      import { secret } from 'adderjs'
      import * as rabbitMq from 'adderjs/rabbitmq'
      import * as z from 'zod'
      const account = { url: '${broker.url}', user: 'adder', password: secret('RABBITMQ_PASSWORD') }
      const source = (name: string) =>
        rabbitMq.source({ ...account, name, queue: name, schema: z.unknown(), event: () => [] })
      export default { sources: [source('there'), source('missing')] }`
    writeFileSync(path.join(folder, 'adder.config.ts'), config)
    await declareQueue(broker.url, { password, queue: 'there' })
    const args = [
      'doctor',
      '--config',
      folder,
      '--data',
      path.join(folder, 'data'),
      '--json',
      '--url',
      'http://127.0.0.1:9',
    ]

    const doctor = adderProcess(t, args, { RABBITMQ_PASSWORD: password })

    assert.equal(await doctor.ended, 1, doctor.stderr())
    const { findings } = JSON.parse(doctor.stdout()) as { findings: Found[] }
    const found = (of: string) => findings.find((each) => each.of === of)
    assert.equal(found('queue of "there"')?.state, 'ok', doctor.stdout())
    assert.match(found('queue of "missing"')?.says ?? '', /asking for the queue missing: it is not there/)
    assert.equal(
      findings.find(({ of }) => of.startsWith('inbound')),
      undefined,
    )
    assert.doesNotMatch(doctor.stdout(), /value-of/)
  })

  test('ends with 3 when there are only warnings', async (t) => {
    const { args, env } = await desk(t)

    const doctor = adderProcess(t, ['doctor', ...args], env)

    assert.equal(await doctor.ended, 3, doctor.stderr())
    assert.match(doctor.stdout(), /! server +no Adder runs .*\n +→ Start it: adder start\./s)
    assert.match(doctor.stdout(), /\n2 warnings\.\n$/)
  })

  test('says that the engine is away and can not come back, and how to find out why', async (t) => {
    const { args, data, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    await adder.logged({ msg: 'started' })
    const pid = enginePid(data)
    // What an engine writes to must be a file.
    rmSync(path.join(data, 'engine.log'))
    mkdirSync(path.join(data, 'engine.log'))
    kill(pid, 'SIGKILL')
    await adder.logged({ msg: 'engine ended' })

    const [doctor, json] = ['', '--json'].map((more) =>
      adderProcess(t, ['doctor', ...args, ...(more === '' ? [] : [more])], env),
    )

    assert.ok(doctor && json)
    assert.deepEqual([await doctor.ended, await json.ended], [1, 1], doctor.stderr() + json.stderr())
    assert.match(
      doctor.stdout(),
      /✖ engine +is away, and runs stand still; what arrives waits in the spool\s+→ It is started again by itself\..*"engine\s+ended"/s,
    )
    const { ok, findings } = JSON.parse(json.stdout()) as { ok: boolean; findings: Found[] }
    assert.equal(ok, false)
    assert.deepEqual(
      findings.filter(({ state }) => state === 'failed').map(({ of }) => of),
      ['engine'],
    )
    assert.match(findings.find(({ of }) => of === 'engine')?.fix ?? '', /engine\.log in the data folder/)
  })

  test('says that the engine is away while it is there and does not answer', async (t) => {
    const { args, data, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    await adder.logged({ msg: 'started' })
    kill(enginePid(data), 'SIGSTOP')

    const doctor = adderProcess(t, ['doctor', ...args], env)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    assert.match(doctor.stdout(), /✖ engine +is away/)
  })

  test('tells an Adder that waits for its engine to start from none at all', async (t) => {
    const { args, data, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    await until('there is an engine', () => {
      const pid = enginePid(data)
      if (pid > 0) kill(pid, 'SIGSTOP')
      return pid > 0
    })
    await adder.logged({ msg: 'listening' })

    const doctor = adderProcess(t, ['doctor', ...args, '--json'], env)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    const { findings } = JSON.parse(doctor.stdout()) as { findings: Found[] }
    const server = findings.find(({ of }) => of === 'server')
    assert.equal(server?.state, 'failed')
    assert.match(server?.says ?? '', new RegExp(`^Adder \\(process ${adder.child.pid}\\) has .*may still be starting$`))
    assert.match(server?.fix ?? '', /engine\.log/)
    assert.equal(
      adder.log().some(({ msg }) => msg === 'started'),
      false,
    )
  })

  test('says that the history is away, and nothing that would be read from it', async (t) => {
    const { args, env } = await desk(t)
    const nobody = { ...env, HISTORY_URL: 'postgres://adder:value-of-password@127.0.0.1:9/adder' }
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], nobody)
    await adder.logged({ msg: 'started' })

    const doctor = adderProcess(t, ['doctor', ...args, '--json'], nobody)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    const { ok, findings } = JSON.parse(doctor.stdout()) as { ok: boolean; findings: Found[] }
    const found = (of: string) => findings.find((each) => each.of === of)
    assert.equal(ok, false)
    assert.deepEqual(
      [found('engine')?.state, found('history')?.state, found('runs')?.state],
      ['ok', 'failed', undefined],
    )
    assert.match(found('history')?.says ?? '', /^is away or damaged: it can't be read$/)
    assert.match(found('history')?.fix ?? '', /No alert is lost by that, and .*the history can not be written/)
    assert.doesNotMatch(doctor.stdout(), /value-of/)
  })

  test('says that the history can not be written, though it can be read', { skip: isOnPostgres }, async (t) => {
    const { args, data, env } = await desk(t)
    const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
    const { url } = await adder.logged({ msg: 'listening' })
    await adder.logged({ msg: 'started' })
    const other = new DatabaseSync(path.join(data, 'history.db'))
    t.after(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    await fetch(`${url}/hooks/splunk/value-of-another-token`, { method: 'POST' })
    await adder.logged({ msg: 'the history can not be written, and waits' })

    const doctor = adderProcess(t, ['doctor', ...args], env)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    assert.match(
      doctor.stdout(),
      /✖ history +can't be written; what happens is held\s+until it can\s+→ No alert is lost/,
    )
    assert.match(doctor.stdout(), /✔ engine /)
  })

  test('names what is wrong with the configuration, and looks at the rest that it can', async (t) => {
    const { args, env } = await desk(t)

    const doctor = adderProcess(t, ['doctor', ...args], { ...env, JIRA_TOKEN: '' })

    assert.equal(await doctor.ended, 1, doctor.stderr())
    assert.match(doctor.stdout(), /✖ configuration .*JIRA_TOKEN.*! server .*! disk /s)
  })

  test('fits 80 columns', async (t) => {
    const { args, env } = await desk(t)

    const doctor = adderProcess(t, ['doctor', ...args], { ...env, JIRA_URL: 'http://127.0.0.1:9' })

    await doctor.ended
    assert.deepEqual(
      doctor
        .stdout()
        .split('\n')
        .filter((line) => line.length > 80),
      [],
    )
  })

  test('warns of a secret that has been the same for long, until it is replaced', async (t) => {
    const { args, data, env } = await desk(t)
    const start = async (): Promise<void> => {
      const adder = adderProcess(t, ['start', ...args, '--port', '0'], env)
      await adder.logged({ msg: 'started' })
      adder.child.kill('SIGTERM')
      await adder.ended
    }
    await start()
    const file = path.join(data, 'secrets.json')
    const noted = readFileSync(file, 'utf8')
    assert.doesNotMatch(noted, /value-of/)
    writeFileSync(file, noted.replaceAll(/"since":"[^"]+"/g, '"since":"2020-01-01T00:00:00.000Z"'))
    await start()

    const before = adderProcess(t, ['doctor', ...args], env)
    await before.ended
    assert.match(before.stdout(), /! secrets +JIRA_TOKEN has been the same since 2020-01-01 at least/)
    assert.match(before.stdout(), /! secrets +SPLUNK_HOOK_TOKEN has been the same/)

    const after = adderProcess(t, ['doctor', ...args], { ...env, SPLUNK_HOOK_TOKEN: 'value-of-the-next-token' })
    await after.ended
    assert.doesNotMatch(after.stdout(), /SPLUNK_HOOK_TOKEN has been/)
  })

  for (const { off, state } of [
    { off: 90_000, state: '!' },
    { off: -600_000, state: '✖' },
  ])
    test(`sees that the clock is ${off / 1000} s ahead of those of outside systems`, async (t) => {
      const { args, env } = await desk(t)
      const server = createServer((_, response) => {
        response.setHeader('date', new Date(Date.now() - off).toUTCString())
        response.writeHead(401).end()
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      t.after(() => server.close())
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP

      const doctor = adderProcess(t, ['doctor', ...args], { ...env, JIRA_URL: url })

      await doctor.ended
      const said = new RegExp(`${state} clock +is (89|90|91|599|600|601) s ${off > 0 ? 'ahead of' : 'behind'} that of`)
      assert.match(doctor.stdout(), said)
    })

  test('tells another server at the inbound address from Adder', async (t) => {
    const { args, env } = await desk(t)
    const server = createServer((_, response) => response.writeHead(200).end('<h1>It works!</h1>'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // listens on TCP

    const doctor = adderProcess(t, ['doctor', ...args, '--url', url], env)

    assert.equal(await doctor.ended, 1, doctor.stderr())
    assert.match(doctor.stdout(), /✖ inbound "splunk" +\S+\/hooks\/splunk answers 200, and not as\s+Adder does/)
  })
})
