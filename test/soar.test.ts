import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { startCortexXsoar } from '../src/integrations/cortex-xsoar/stand-in.ts'
import { startSplunkSoar } from '../src/integrations/splunk-soar/stand-in.ts'
import { startTines } from '../src/integrations/tines/stand-in.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const config = `
import { defineConfig, secret } from 'adderjs'
import * as cortexXsoar from 'adderjs/cortex-xsoar'
import * as jira from 'adderjs/jira'
import * as splunkSoar from 'adderjs/splunk-soar'
import * as tines from 'adderjs/tines'

const { SOAR_URL: soarUrl, XSOAR_URL: xsoarUrl, TINES_URL: tinesUrl, JIRA_URL: jiraUrl } = process.env

export default defineConfig({
  connectors: {
    soar: splunkSoar.connector({ url: soarUrl, token: secret('SOAR_TOKEN') }),
    xsoar: cortexXsoar.connector({ url: xsoarUrl, keyId: '12', apiKey: secret('XSOAR_API_KEY') }),
    triage: tines.connector({ url: tinesUrl, webhook: secret('TINES_TRIAGE'), apiKey: secret('TINES_API_KEY') }),
  },
  ticketing: jira.ticketing({
    url: jiraUrl,
    email: process.env.JIRA_EMAIL,
    token: secret('JIRA_TOKEN'),
    project: 'SEC',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})
`

const contain = `
import { automation, facts, follow, request } from 'adderjs'
import * as cortexXsoar from 'adderjs/cortex-xsoar'
import * as splunkSoar from 'adderjs/splunk-soar'
import * as z from 'zod'

export const contain = automation({
  name: 'contain',
  on: request(z.object({ host: z.string() })),
  run: async ({ event: { host }, tickets, soar, xsoar, triage, sleep }) => {
    const name = 'Malware on ' + host
    const ticket = await tickets.open({ summary: name })
    const container = await soar.openContainer({ name, artifacts: [{ name: 'Host', cef: { destinationHostName: host } }] })
    const started = await soar.runPlaybook({ playbook: 'local/contain_host', container: container.id })
    const created = await xsoar.createIncident({ name, labels: { Host: host } })
    await triage.send({ event: { host } })
    const run = await follow({ sleep, ask: () => soar.playbookRun(started), isOver: splunkSoar.isOver, within: '1h' })
    const incident = await follow({ sleep, ask: () => xsoar.incident(created), isOver: cortexXsoar.isOver, within: '1h' })
    await tickets.comment(ticket, facts({ Playbook: run.state.state, Incident: incident.state.closeReason }))
  },
})
`

test('what is pushed to SOAR platforms is there once although answers were lost, and its end is told after Adder was killed', async (t) => {
  const [soar, xsoar, tines] = await Promise.all([startSplunkSoar(), startCortexXsoar(), startTines()])
  t.after(() => Promise.all([soar.close(), xsoar.close(), tines.close()]))
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'contain.ts': contain })
  writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
  soar.misbehave({ lostAnswers: 1 })
  xsoar.misbehave({ lostAnswers: 1 })
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: project.folder,
    hasWebhook: false,
    env: {
      SOAR_URL: soar.url,
      SOAR_TOKEN: soar.token,
      XSOAR_URL: xsoar.url,
      XSOAR_API_KEY: xsoar.apiKey,
      TINES_URL: tines.url,
      TINES_TRIAGE: tines.webhook,
      TINES_API_KEY: tines.apiKey,
    },
  })
  const polls = () => soar.requests.filter(({ path }) => path === '/rest/playbook_run/1').length

  await talk.postApi('/automations/contain/runs', { host: 'mona-laptop' })
  await until('the playbook is followed', () => polls() > 0, { shown: () => talk.adder.output().slice(-3000) })
  await talk.adder.kill()
  soar.begin()
  soar.finish('success')
  xsoar.change('1', { status: 2, closeReason: 'Resolved' })
  await talk.restart()

  assert.deepEqual(await talk.settled('mona-laptop', 1), ['Playbook: success\nIncident: Resolved'])
  assert.equal(soar.containers().length, 1)
  assert.equal(soar.runs().length, 1)
  assert.equal(xsoar.incidents().length, 1)
  assert.equal(tines.events().length, 1)
})
