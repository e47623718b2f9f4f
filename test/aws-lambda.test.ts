import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { startAwsLambda } from '../src/integrations/aws-lambda/stand-in.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const config = `
import { defineConfig, secret } from 'adderjs'
import * as awsLambda from 'adderjs/aws-lambda'
import * as jira from 'adderjs/jira'

const { LAMBDA_URL: lambdaUrl, JIRA_URL: jiraUrl, JIRA_EMAIL: email } = process.env

export default defineConfig({
  connectors: {
    lambda: awsLambda.connector({
      url: lambdaUrl,
      region: 'eu-central-1',
      accessKeyId: secret('AWS_ACCESS_KEY_ID'),
      secretAccessKey: secret('AWS_SECRET_ACCESS_KEY'),
    }),
  },
  ticketing: jira.ticketing({ url: jiraUrl, email, token: secret('JIRA_TOKEN'), project: 'SEC', type: 'Incident' }),
  tokens: [{ name: 'soc', secret: secret('ADDER_TOKEN'), scopes: ['automations:run'] }],
})
`

const scan = `
import { automation, facts, follow, request } from 'adderjs'
import { isOver } from 'adderjs/aws-lambda'
import * as z from 'zod'

export const scan = automation({
  name: 'scan',
  on: request(z.object({ host: z.string() })),
  run: async ({ event: { host }, tickets, lambda, sleep }) => {
    const ticket = await tickets.open({ summary: 'Scan of ' + host })
    const started = await lambda.start({ function: 'scan-host', qualifier: 'live', payload: { host } })
    const scan = await follow({ sleep, ask: () => lambda.execution(started), isOver, within: '6h' })
    const { value } = await lambda.result(started)
    await tickets.comment(ticket, facts({ Scan: scan.state.status, Open: value.result.open.join(', ') }))
  },
})
`

async function startScans(t: TestContext) {
  const lambda = await startAwsLambda()
  t.after(() => lambda.close())
  const { folder } = tempProject((cleanUp) => t.after(cleanUp), { 'scan.ts': scan })
  writeFileSync(path.join(folder, 'adder.config.ts'), config)
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: folder,
    hasWebhook: false,
    env: {
      LAMBDA_URL: lambda.url,
      AWS_ACCESS_KEY_ID: lambda.accessKeyId,
      AWS_SECRET_ACCESS_KEY: lambda.secretAccessKey,
    },
  })
  return { lambda, talk }
}

test('a durable function is started once although its answer was lost, and its result is told after Adder was killed meanwhile', async (t) => {
  const { lambda, talk } = await startScans(t)
  const looks = () => lambda.requests.filter(({ path }) => path.startsWith('/2025-12-01/')).length
  lambda.misbehave({ lostAnswers: 1 })
  await talk.postApi('/automations/scan/runs', { host: 'mona-laptop' })
  await until('the execution is started', () => lambda.started().length === 1)
  lambda.misbehave({})
  await until('it is followed', () => looks() >= 1, { shown: () => talk.adder.output().slice(-3000) })

  await talk.adder.kill()
  await talk.restart()
  const before = looks()
  await until('it is followed again', () => looks() > before)
  lambda.finish('SUCCEEDED', { result: '{"open":[22,443]}' })

  assert.deepEqual(await talk.settled('mona-laptop', 1), ['Scan: succeeded\nOpen: 22, 443'])
  assert.equal(talk.tickets('mona-laptop').length, 1)
  assert.deepEqual(lambda.invocations(), [{ function: 'scan-host', type: 'Event', payload: { host: 'mona-laptop' } }])
  assert.ok(!talk.adder.output().includes(lambda.secretAccessKey))
})
