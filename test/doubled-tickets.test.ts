import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pino } from 'pino'
import type * as z from 'zod'
import { Run, RunPage } from '../src/api/shapes.ts'
import { type App, createApp } from '../src/app.ts'
import { type AdderClient, adderClient } from '../src/cli/adder-client.ts'
import { freePort } from '../src/cli/demo/free-port.ts'
import { findings, type StandIns, startStandIns } from '../src/cli/demo/stand-ins.ts'
import { loadProject } from '../src/config/load-project.ts'
import { adfText } from '../src/integrations/jira/adf-text.ts'
import { talkProject } from './support/adder-process.ts'
import { until } from './support/until.ts'

const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-doubled-'))
const logged: Record<string, unknown>[] = []
let standIns: StandIns
let app: App
let client: AdderClient

before(async () => {
  const port = await freePort()
  standIns = await startStandIns(`http://127.0.0.1:${port}`)
  const log = pino({ level: 'info' }, { write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>) }) // pino's lines are objects
  app = createApp({
    project: await loadProject(talkProject),
    dataFolder,
    log,
    version: '0.0.0',
    policy: { searchForMs: 500, whenUnknown: 'make again' },
  })
  await app.start()
  await app.server.listen({ host: '127.0.0.1', port })
  client = adderClient({ data: dataFolder })
})
after(async () => {
  await app.close()
  await standIns.close()
  rmSync(dataFolder, { recursive: true })
})

describe('an alert whose ticket is made again, because nobody answered and the search lags', () => {
  test('has two tickets, which say so of each other when the first is told of', { timeout: 120_000 }, async () => {
    const { jira, splunk } = standIns
    jira.lagSearch(3_600_000)
    const release = jira.webhooks.hold()
    jira.misbehave({ lostAnswers: 1 })
    splunk.addLog(findings[0])
    await splunk.runNow()
    await until('the first ticket is there', () => jira.issues().length === 1)
    jira.misbehave({})
    await until('the second has its answers', () => jira.issues()[1]?.comments.length === 2, { withinMs: 90_000 })
    const [first, second] = jira.issues()
    assert.equal(first?.comments.length, 0)

    release()

    await until('both say so', () => doublings('SEC-1').length > 0 && doublings('SEC-2').length > 0)
    assert.match(
      doublings('SEC-1').join(),
      /^Adder opened two tickets where there should be one: this and SEC-2 .* this one can be closed/,
    )
    assert.match(
      doublings('SEC-2').join(),
      /^Adder opened two tickets where there should be one: this and SEC-1 .* It goes on in this one/,
    )
    const [run] = await until('the report is in the history', reports)
    assert.deepEqual([run?.event.kind, run?.ticket?.key, run?.state], ['ticket.doubled', second?.key, 'finished'])
    const line = logged.find(({ msg }) => msg === 'two tickets were opened where there should be one')
    assert.deepEqual([line?.level, line?.ticket, line?.other], [40, 'SEC-2', 'SEC-1'])
  })
})

async function reports(): Promise<z.infer<typeof Run>[] | undefined> {
  const { items } = await client.get('/api/runs', RunPage, { automation: 'adder.doubled-tickets', state: 'finished' })
  const runs = await Promise.all(items.map(({ id }) => client.get(`/api/runs/${id}`, Run)))
  return runs.length === 0 ? undefined : runs
}

function doublings(key: string): string[] {
  const texts = standIns.jira.comments(key).map(({ body }) => adfText(body))
  return texts.filter((text) => text.includes('two tickets'))
}
