import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { adfText } from '../src/integrations/jira/adf-text.ts'
import { startSplunkHec } from '../src/integrations/splunk-hec/stand-in.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const config = `
import { defineConfig, secret } from 'adderjs'
import * as jira from 'adderjs/jira'
import * as splunk from 'adderjs/splunk'
import * as splunkHec from 'adderjs/splunk-hec'

const env = process.env

export default defineConfig({
  sources: [splunkHec.source({ token: secret('HEC_HOOK_TOKEN') })],
  connectors: {
    splunk: splunk.connector({ url: env.SPLUNK_URL, token: secret('SPLUNK_API_TOKEN'), web: 'https://splunk.example' }),
    hec: splunkHec.connector({ url: env.HEC_URL, token: secret('SPLUNK_HEC_TOKEN') }),
  },
  ticketing: jira.ticketing({
    url: env.JIRA_URL,
    email: 'adder@acme.example',
    token: secret('JIRA_TOKEN'),
    project: 'SEC',
    type: 'Incident',
  }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['lookups:read', 'automations:run'] }],
})
`

const triage = `
import { automation } from 'adderjs'
import { searchTable, spl } from 'adderjs/splunk'
import * as splunkHec from 'adderjs/splunk-hec'

export const triage = automation({
  name: 'triage',
  on: splunkHec.event({ sourcetype: 'vpn:alert' }),
  run: async ({ event, splunk, hec, tickets }) => {
    const { user } = event.event
    const seen = await splunk.search({ query: spl\`index=security user=\${user} | table user host\` })
    const description = seen.kind === 'found' ? searchTable(seen.value) : 'Splunk: ' + seen.kind
    const ticket = await tickets.open({ summary: 'VPN: ' + user, description })
    await hec.sendEvent({ event: { action: 'opened', ticket: ticket.key } })
  },
})
`

test('an event sent as to a collector opens a ticket with what Splunk knows, and Splunk is told, once to whoever looks', async (t) => {
  const hec = await startSplunkHec()
  t.after(() => hec.close())
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'triage.ts': triage })
  writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
  const env = { HEC_URL: hec.url, SPLUNK_HEC_TOKEN: hec.token, HEC_HOOK_TOKEN: 'a-token-of-senders' }
  const talk = await startTalk((cleanUp) => t.after(cleanUp), { project: project.folder, hasWebhook: false, env })
  talk.splunk.addLog({ user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f', host: 'web-1' })
  const send = (user: string) =>
    fetch(`${talk.adder.url}/hooks/splunk-hec`, {
      method: 'POST',
      headers: { authorization: `Splunk ${env.HEC_HOOK_TOKEN}` },
      body: JSON.stringify({ time: Date.now() / 1000, sourcetype: 'vpn:alert', event: { user } }),
    })
  hec.misbehave({ lostAnswers: 1 })

  const taken = await send('mlisa')
  await until('Splunk was told', () => hec.events().length > 0, { shown: () => talk.adder.output().slice(-5000) })
  hec.misbehave({})
  await send('*')

  assert.deepEqual([taken.status, await taken.json()], [200, { text: 'Success', code: 0 }])
  await until('both runs have ended', () => new Set(hec.events().map(({ fields }) => fields?.adder_marker)).size === 2)
  await talk.idle()
  const [known, refused] = ['VPN: mlisa', 'VPN: *'].map((summary) =>
    talk.tickets(summary).map(({ fields }) => adfText(fields.description)),
  )
  assert.match(known?.join() ?? '', /mlisa.*web-1/s)
  assert.match(known?.join() ?? '', /1 of 1 row/)
  assert.match(refused?.join() ?? '', /failed/)
  // Two runs told Splunk, each under its own marker, and the one whose answer got lost said it again.
  assert.ok(hec.events().length > 2)
  assert.equal(
    new Set(hec.events().map(({ fields, event }) => `${fields?.adder_marker} ${JSON.stringify(event)}`)).size,
    2,
  )
})
