import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { startSplunkHec } from '../src/integrations/splunk-hec/stand-in.ts'
import { adderProcess } from './cli/adder-process.ts'
import { type AdderProcess, endEngine, startAdder } from './support/adder-process.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const config = `
import { defineConfig, secret } from 'adderjs'
import * as splunkHec from 'adderjs/splunk-hec'

export default defineConfig({
  sources: [splunkHec.source({ token: secret('HEC_HOOK_TOKEN') })],
  connectors: { hec: splunkHec.connector({ url: process.env.HEC_URL, token: secret('SPLUNK_HEC_TOKEN') }) },
  records: splunkHec.records({ url: process.env.HEC_URL, token: secret('SPLUNK_HEC_TOKEN'), index: 'security' }),
})
`

const automations = `
import { automation } from 'adderjs'
import * as splunkHec from 'adderjs/splunk-hec'

export const tell = automation({
  name: 'tell',
  on: splunkHec.event({ sourcetype: 'good' }),
  run: ({ hec }) => hec.sendEvent({ event: { action: 'told' } }),
})

export const fail = automation({
  name: 'fail',
  on: splunkHec.event({ sourcetype: 'bad' }),
  run: () => {
    throw new Error('the password is ' + process.env.HEC_HOOK_TOKEN)
  },
})
`

const token = 'value-of-the-hook-token'

test('Splunk has a record of every delivery and run in the end, whatever is down or killed meanwhile', async (t) => {
  const hec = await startSplunkHec()
  t.after(() => hec.close())
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'all.ts': automations })
  writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'adder-records-'))
  const env = { HEC_URL: hec.url, SPLUNK_HEC_TOKEN: hec.token, HEC_HOOK_TOKEN: token }
  const start = () => startAdder({ project: project.folder, dataFolder, env })
  let adder: AdderProcess = await start()
  t.after(async () => {
    await adder.kill()
    await endEngine(dataFolder)
    rmSync(dataFolder, { recursive: true })
  })
  const send = async (sourcetype: string, count: number) => {
    const body = Array.from({ length: count }, (_, number) => ({
      time: Date.now() / 1000 + number,
      sourcetype,
      event: 'x',
    }))
    const { status } = await fetch(`${adder.url}/hooks/splunk-hec`, {
      method: 'POST',
      headers: { authorization: `Splunk ${token}` },
      body: JSON.stringify(body),
    })
    assert.equal(status, 200)
  }
  const told = (sourcetype: string) =>
    new Map<unknown, Record<string, unknown>>(
      hec
        .events()
        .filter((each) => each.sourcetype === sourcetype)
        .map(({ fields, event, index }) => [fields?.adder_record, { ...(event as Record<string, unknown>), index }]),
    )
  const runs = (state: string) => [...told('adder:run').values()].filter((each) => each.state === state)
  const shown = { shown: () => adder.output().slice(-5000) }

  await send('good', 2)
  await send('bad', 1)
  await until('all have a record', () => told('adder:run').size === 3 && told('adder:delivery').size === 2, shown)
  const [finished, failed] = [runs('finished')[0], runs('failed')[0]]
  assert.deepEqual(
    [finished?.automation, finished?.index, failed?.automation, failed?.code],
    ['tell', 'security', 'fail', 'run.failed'],
  )
  assert.match(
    JSON.stringify(finished?.effects),
    /"name":"hec.sendEvent","marker":"adder-[0-9a-f]{24}".*"state":"made"/,
  )
  assert.match(String(failed?.reason), /\[secret\]/)

  hec.refuse('token disabled')
  await send('bad', 3)
  const complaint = await until('the log says so', () =>
    adder.log.find(({ msg }) => msg === 'records can not be sent, and wait'),
  )
  assert.equal(complaint.code, 'connector.refused')
  const doctor = adderProcess(t, ['doctor', '--config', project.folder, '--data', dataFolder], env)
  assert.equal(await doctor.ended, 1)
  assert.match(doctor.stdout(), /✖ records sent +not since .*Token\s+disabled.*→ None is lost/s)
  await adder.kill()
  await endEngine(dataFolder)
  adder = await start()
  await send('bad', 2)
  hec.refuse()

  await until('all have a record', () => told('adder:run').size === 8 && told('adder:delivery').size === 4, shown)
  assert.equal(runs('failed').length, 6)
  const well = adderProcess(t, ['doctor', '--config', project.folder, '--data', dataFolder, '--json'], env)
  await well.ended
  const { findings } = JSON.parse(well.stdout()) as { findings: { of: string; state: string }[] }
  const ofRecords = findings.filter(({ of }) => of.startsWith('records'))
  assert.deepEqual(
    ofRecords.map(({ of, state }) => [of, state]),
    [
      ['records', 'ok'],
      ['records sent', 'ok'],
    ],
  )
  assert.ok(!`${adder.output()}${JSON.stringify(hec.events())}`.includes(token))
  assert.ok(!adder.output().includes(hec.token))
})
