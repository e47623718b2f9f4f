import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type * as z from 'zod'
import { Delivery, DeliveryPage, Explanation, Findings, Run, RunPage } from '../src/api/shapes.ts'
import { type App, createApp } from '../src/app.ts'
import { type AdderClient, adderClient } from '../src/cli/adder-client.ts'
import { freePort } from '../src/cli/demo/free-port.ts'
import { findings, type StandIns, startStandIns } from '../src/cli/demo/stand-ins.ts'
import { loadProject } from '../src/config/load-project.ts'
import { createLog } from '../src/endpoints/log.ts'
import { isOnPostgres, testHistoryConfig } from './support/test-database.ts'

const execute = promisify(execFile)
const talk = fileURLToPath(new URL('../examples/talk', import.meta.url))
const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-history-'))
let standIns: StandIns
let app: App
let client: AdderClient
let hookUrl: string
const cleanUps: (() => Promise<void>)[] = []

before(async () => {
  const port = await freePort()
  standIns = await startStandIns(`http://127.0.0.1:${port}`)
  app = await startAdder()
  await app.server.listen({ host: '127.0.0.1', port })
  client = adderClient({ data: dataFolder })
  hookUrl = `http://127.0.0.1:${port}/hooks/splunk/${process.env.SPLUNK_HOOK_TOKEN}`
  standIns.splunk.addLog(findings[0])
  await standIns.splunk.runNow()
  await until(async () => (await runs({ automation: 'enrich-mock-scan', state: 'finished' })).length === 1)
})
after(async () => {
  await app.close()
  for (const cleanUp of cleanUps) await cleanUp()
  await standIns.close()
  rmSync(dataFolder, { recursive: true })
})

async function startAdder(): Promise<App> {
  const project = await loadProject(talk)
  const config = { ...project.config, ...(await testHistoryConfig((cleanUp) => cleanUps.push(cleanUp))) }
  const started = createApp({
    project: { ...project, config },
    dataFolder,
    log: createLog({ level: 'silent' }),
    version: '0.0.0',
  })
  await started.start()
  return started
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(50)
}

async function runs(query: { automation?: string; state?: string } = {}): Promise<z.infer<typeof RunPage>['items']> {
  return (await client.get('/api/runs', RunPage, query)).items
}

async function newestDelivery(query: { source?: string; state?: string }) {
  const { items } = await client.get('/api/deliveries', DeliveryPage, query)
  const [newest] = items
  assert.ok(newest)
  return newest
}

test('leads from a user to the delivery, the runs and the ticket', async () => {
  const { items } = await client.get('/api/find', Findings, { value: ' MLISA' })

  const alert = items.find(({ event }) => event.kind === 'splunk.alert')
  assert.deepEqual(alert?.as, [{ kind: 'user', written: 'mlisa' }])
  assert.deepEqual(
    alert?.runs.map(({ automation, state }) => [automation, state]),
    [['mock-scan', 'finished']],
  )
  assert.deepEqual(
    alert?.tickets.map(({ key }) => key),
    ['SEC-1'],
  )
  assert.equal(alert?.deliveries.length, 1)
})

test('explains what a delivery started, and that a webhook told what Adder knew', async () => {
  const alert = await newestDelivery({ source: 'splunk', state: 'accepted' })
  const { items } = await client.get('/api/deliveries', DeliveryPage, { source: 'jira' })
  const created = items.find(({ kind }) => kind === 'ticket.created')

  const [ofAlert, ofCreated] = await Promise.all(
    [alert, created].map((each) => client.get(`/api/deliveries/${each?.id}/why`, Explanation)),
  )

  assert.deepEqual(
    ofAlert?.checks.map(({ question, answer }) => [question, answer]),
    [
      ['arrived', 'yes'],
      ['authentic', 'yes'],
      ['readable', 'yes'],
      ['taken in', 'yes'],
    ],
  )
  const [started] = ofAlert?.events[0]?.automations ?? []
  assert.deepEqual([started?.automation, started?.matched, started?.run?.state], ['mock-scan', true, 'finished'])
  assert.match(ofCreated?.events[0]?.detail ?? '', /told by Adder's own run inv_\w+ \(mock-scan\) already/)
  assert.deepEqual(
    ofCreated?.events[0]?.automations.map(({ automation, unmet }) => [automation, unmet]),
    [
      ['enrich-hand-written', ['it was written by a person']],
      ['enrich-mock-scan', []],
    ],
  )
})

test('shows a run with its effects, how each is made once, and what a re-run would do', async () => {
  const run = (await runs({ automation: 'enrich-mock-scan' })).find(({ generation }) => generation === 0)

  const shown = await client.get(`/api/runs/${run?.id.slice(0, 16)}`, Run)

  assert.equal(shown.ticket?.key, 'SEC-1')
  assert.deepEqual(
    shown.effects.map(({ name, once, state, attempts, onRerun }) => [name, once, state, attempts, onRerun]),
    Array(2).fill(['jira.comment', 'by marker', 'made', 1, 'found again']),
  )
})

test('runs an automation again and finds its effects again', async () => {
  const [first] = await runs({ automation: 'enrich-mock-scan' })
  const comments = standIns.jira.comments('SEC-1').length

  await client.post(`/api/runs/${first?.id}/rerun`, Run.pick({ generation: true }))
  await until(async () => (await runs({ automation: 'enrich-mock-scan', state: 'finished' })).length === 2)

  const [second] = await runs({ automation: 'enrich-mock-scan' })
  assert.equal(second?.generation, 1)
  const shown = await client.get(`/api/runs/${second?.id}`, Run)
  assert.deepEqual(
    shown.effects.map(({ state }) => state),
    ['found', 'found'],
  )
  assert.equal(standIns.jira.comments('SEC-1').length, comments)
})

test('shows what a kept delivery said, and says again what is wrong when it is redelivered unmended', async () => {
  const body = JSON.stringify({
    sid: 7,
    search_name: 'MockScan Alert',
    result: { user: 'jvermeer', card: '4111 1111 1111 1111' },
  })
  const answer = await fetch(hookUrl, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  assert.equal(answer.status, 422)
  const kept = await newestDelivery({ state: 'kept' })

  const shown = await client.get(`/api/deliveries/${kept.id}`, Delivery)

  assert.match(shown.reason ?? '', /sid has to be a string|sid/i)
  assert.match(JSON.stringify(shown.content?.body), /\[redacted payment-card\]/)
  await assert.rejects(client.post(`/api/deliveries/${kept.id}/redelivery`, Delivery.pick({ id: true })), {
    reasonCode: 'intake.misshapen',
  })
  assert.equal((await newestDelivery({ state: 'kept' })).id, kept.id)
})

test('is told by the command line on lines of 80 characters at most', async () => {
  const [run] = await runs()
  const delivery = await newestDelivery({ source: 'splunk', state: 'accepted' })
  const commands = [
    ['find', 'mlisa'],
    ['why', delivery.id.slice(0, 8)],
    ['deliveries', 'ls'],
    ['deliveries', 'ls', '--json'],
    ['runs', 'ls', '--limit', '1'],
    ['runs', 'show', run?.id ?? ''],
  ]

  const outputs = await Promise.all(commands.map((each) => adder(each)))

  const [found, why, , json, , shown] = outputs
  assert.match(found ?? '', /ticket {4}SEC-1/)
  assert.match(why ?? '', /mock-scan: matched, run inv_\w{12} finished/)
  assert.ok(DeliveryPage.parse(JSON.parse(json ?? '')).items.length > 0)
  assert.match(shown ?? '', /jira\.comment {2}(?:made|found) +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}by marker {2}1/)
  assert.match(shown ?? '', /^ {2}adder-[0-9a-f]{24} {2}SEC-1 {2}http:.*\/browse\/SEC-1$/m)
  const lines = outputs.filter((output) => output !== json).flatMap((output) => output.split('\n'))
  assert.deepEqual(
    lines.filter((line) => line.length > 80 && !line.includes('http://')),
    [],
  )
})

test('is not found where no Adder runs', async () => {
  await assert.rejects(adder(['runs', 'ls', '--data', '/tmp/nowhere']), {
    stderr: /^adder: No Adder runs on the data folder \/tmp\/nowhere/,
  })
})

async function adder(args: readonly string[]): Promise<string> {
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const data = args.includes('--data') ? [] : ['--data', dataFolder]
  const { stdout } = await execute(process.execPath, ['--conditions=adder-source', main, ...args, ...data])
  return stdout
}

test('is readable by its owner only', { skip: isOnPostgres }, () => {
  const modes = ['history.db', 'api.sock'].map((name) => statSync(path.join(dataFolder, name)).mode & 0o777)

  assert.deepEqual(modes, [0o600, 0o600])
})
