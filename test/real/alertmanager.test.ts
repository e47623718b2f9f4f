import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { startTalk, type Talk } from '../support/talk.ts'
import { tempProject } from '../support/temp-project.ts'
import { until } from '../support/until.ts'
import { type Alertmanager, hasAlertmanager, type PostedAlert, startAlertmanager } from './alertmanager.ts'

const isInstalled = await hasAlertmanager()
// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip =
  isInstalled || process.env.CI ? false : 'ALERTMANAGER IS NOT INSTALLED: nothing was tested against a real one'

const config = `import { defineConfig, secret } from 'adderjs'
import * as alertmanager from 'adderjs/alertmanager'
import talk from '../../../examples/talk/adder.config.ts'

export default defineConfig({
  ...talk,
  sources: [alertmanager.source({ token: secret('ALERTMANAGER_TOKEN') })],
})
`
const automations = `import { automation } from 'adderjs'
import * as alertmanager from 'adderjs/alertmanager'

export const openTicket = automation({
  name: 'open-ticket',
  on: alertmanager.alert({ labels: { severity: 'critical' } }),
  run: ({ event, tickets }) =>
    tickets.open({ summary: \`\${event.name} on \${event.labels.instance} at \${event.startsAt}\`, alert: event }),
})

export const tellEnd = automation({
  name: 'tell-end',
  on: alertmanager.alert({ status: 'resolved', labels: { severity: 'critical' } }),
  run: ({ event, tickets }) => tickets.open({ summary: \`\${event.name} on \${event.labels.instance} is over\` }),
})
`

const token = 'token-of-alertmanager-5d1e'

describe('Adder behind a real Alertmanager', { skip, timeout: 180_000 }, () => {
  let talk: Talk
  /** Between the two: it refuses when it is told to, and knows what passed. */
  let front: Awaited<ReturnType<typeof startFront>>
  const running: Alertmanager[] = []
  const ends: (() => void | Promise<void>)[] = []

  before(async () => {
    const atEnd = (end: () => void | Promise<void>) => void ends.unshift(end)
    const project = tempProject(atEnd, { 'alerts.ts': automations })
    writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
    talk = await startTalk(atEnd, {
      project: project.folder,
      hasWebhook: false,
      env: { ALERTMANAGER_TOKEN: token },
    })
    front = await startFront(talk.adder.url)
  })
  after(async () => {
    await Promise.all(running.map((each) => each.stop()))
    await front?.close()
    for (const end of ends) await end()
  })

  async function alertmanager(httpConfig: string): Promise<Alertmanager> {
    const started = await startAlertmanager({ url: `${front.url}/hooks/alertmanager`, httpConfig, repeatSeconds: 2 })
    running.push(started)
    return started
  }

  const bearer = `{ authorization: { credentials: ${token} } }`
  const shown = () => `${running.map((each) => each.output()).join('\n')}\n${talk.adder.output().slice(-4000)}`
  const summaries = (of: string) =>
    talk.jira
      .issues()
      .map(({ fields }) => String(fields.summary))
      .filter((summary) => summary.startsWith(of))
  const alertsOf = (name: string, ...instances: string[]): PostedAlert[] =>
    instances.map((instance) => ({ labels: { alertname: name, instance, severity: 'critical' } }))
  const opened = (of: string, count: number) =>
    until(`${count} tickets of ${of}`, () => summaries(of).length >= count, { shown, withinMs: 60_000 })

  test('opens a ticket for each alert of a notification, and none when it is repeated', async () => {
    const server = await alertmanager(bearer)

    await server.post(alertsOf('DiskFull', 'db1', 'db2', 'db3'))

    await opened('DiskFull', 3)
    const deliveries = () => front.passed.filter(({ body }) => body.includes('DiskFull'))
    await until('it has repeated the group twice', () => deliveries().length >= 3, { shown, withinMs: 30_000 })
    await talk.idle()
    assert.equal(summaries('DiskFull').length, 3)
    assert.ok(deliveries().every(({ status }) => status === 202))
    assert.deepEqual(statesOf(deliveries().at(-1)?.answer), ['duplicate', 'duplicate', 'duplicate'])
  })

  test('takes in what it first could not, because Alertmanager sends again after 503', async () => {
    const server = await alertmanager(bearer)
    front.refuse(2)

    await server.post(alertsOf('Late', 'web1', 'web2'))

    await opened('Late', 2)
    await talk.idle()
    assert.equal(summaries('Late').length, 2)
    assert.equal(front.refused(), 2)
    assert.match(server.output(), /Notify attempt failed, will retry later.*unexpected status code 503/)
  })

  test('knows the end of an alert, and its next beginning as a new alert', async () => {
    const server = await alertmanager(bearer)
    const now = Date.now()
    const alert = (from: number, to: number) =>
      alertsOf('Flapping', 'lb1').map((each) => ({
        ...each,
        startsAt: new Date(now + from * 1000).toISOString(),
        endsAt: new Date(now + to * 1000).toISOString(),
      }))
    const over = () => summaries('Flapping').filter((summary) => summary.endsWith('is over'))

    await server.post(alert(-60, 600))
    await opened('Flapping', 1)
    await server.post(alert(-60, -1))
    await until('its end is told', () => over().length === 1, { shown, withinMs: 30_000 })
    await server.post(alert(0, 600))
    await opened('Flapping', 3)

    await talk.idle()
    assert.deepEqual([summaries('Flapping').length, over().length], [3, 1])
  })

  test('knows it by the password of HTTP Basic too, and refuses another', async () => {
    const known = await alertmanager(`{ basic_auth: { username: alertmanager, password: ${token} } }`)
    const stranger = await alertmanager('{ basic_auth: { username: alertmanager, password: wrong } }')

    await stranger.post(alertsOf('Strange', 'x'))
    await known.post(alertsOf('Known', 'y'))

    await opened('Known', 1)
    await until('the other was refused', () => front.passed.some(({ body }) => body.includes('Strange')), { shown })
    await talk.idle()
    assert.deepEqual(
      [...new Set(front.passed.filter(({ body }) => body.includes('Strange')).map(({ status }) => status))],
      [401],
    )
    assert.deepEqual(summaries('Strange'), [])
  })
})

interface Passed {
  body: string
  status: number
  answer: string
}

/** Passes deliveries on to Adder, and answers 503 instead when it is told to. */
async function startFront(adder: string) {
  const passed: Passed[] = []
  let toRefuse = 0
  let refused = 0
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    if (toRefuse > 0) {
      toRefuse -= 1
      refused += 1
      response.writeHead(503, { 'retry-after': '1' }).end()
      return
    }
    const { authorization = '', 'content-type': type = '' } = request.headers
    const headers = { authorization, 'content-type': type }
    const answer = await fetch(`${adder}${request.url}`, { method: 'POST', headers, body })
    const text = await answer.text()
    passed.push({ body: body.toString(), status: answer.status, answer: text })
    response.writeHead(answer.status).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    passed: passed as readonly Passed[],
    refuse: (count: number) => {
      toRefuse = count
    },
    refused: () => refused,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function statesOf(answer = '{}'): string[] {
  const { events } = JSON.parse(answer) as { events: { state: string }[] } // a receipt
  return events.map(({ state }) => state)
}
