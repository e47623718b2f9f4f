import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import type { QueuesUnderTest, WorkerUnderTest } from './celery-contract.ts'
import { brokerUser } from './rabbitmq-contract.ts'
import { startTalk, type Talk } from './talk.ts'
import { tempProject } from './temp-project.ts'
import { until } from './until.ts'

const config = `import { defineConfig, secret } from 'adderjs'
import * as celery from 'adderjs/celery'
import * as rabbitMq from 'adderjs/rabbitmq'
import talk from '../../../examples/talk/adder.config.ts'
import { alerts, broker } from './automations/alerts.ts'

export default defineConfig({
  ...talk,
  sources: [alerts],
  connectors: { ...talk.connectors, siem: rabbitMq.connector(broker), celery: celery.connector(broker) },
  // A kill may come between the intent and the write, and nobody is here to look. Jira finds at once what it has.
  effects: { searchForSeconds: 5, whenUnknown: 'make again' },
})
`
const automations = (port: number) => `import { automation, follow, secret } from 'adderjs'
import * as celery from 'adderjs/celery'
import * as rabbitMq from 'adderjs/rabbitmq'
import * as z from 'zod'

export const broker = { url: 'amqp://127.0.0.1:${port}', user: '${brokerUser}', password: secret('RABBITMQ_PASSWORD') }

export const alerts = rabbitMq.source({
  ...broker,
  name: 'alerts',
  queue: 'adder-alerts',
  schema: z.object({ host: z.string() }),
  event: (data) => ({ data }),
})

export const score = automation({
  name: 'score',
  on: rabbitMq.received(alerts),
  run: async ({ event, tickets, siem, celery: tasks, sleep }) => {
    const ticket = await tickets.open({ summary: \`Alert on \${event.host}\` })
    const started = await tasks.start({ task: 'adder.echo', args: [event.host] })
    const followed = await follow({ sleep, ask: () => tasks.result(started), isOver: celery.isOver, within: '10m' })
    await tickets.comment(ticket, followed.kind === 'over' ? JSON.stringify(followed.state.result) : followed.kind)
    await siem.publish({ exchange: '', routingKey: 'adder-done', body: { host: event.host } })
  },
})
`

/** Adder between a queue of alerts, a worker of Celery and a queue of what is done. */
export function queuesContract(name: string, options: QueuesUnderTest): void {
  describe(`Adder on queues, ${name}`, { skip: options.skip, timeout: 240_000 }, () => {
    const ends: (() => void | Promise<void>)[] = []
    let talk: Talk
    let worker: WorkerUnderTest
    let admin: ChannelModel
    let channel: ConfirmChannel

    before(async () => {
      const atEnd = (end: () => void | Promise<void>) => void ends.unshift(end)
      const broker = await options.startBroker()
      atEnd(() => broker.close())
      worker = await options.startWorker(broker)
      atEnd(() => worker.close())
      admin = await connect({ port: broker.port, username: brokerUser, password: broker.password })
      atEnd(() => admin.close())
      channel = await admin.createConfirmChannel()
      for (const queue of ['adder-alerts', 'adder-done']) await channel.assertQueue(queue, { durable: true })
      const project = tempProject(atEnd, { 'alerts.ts': automations(broker.port) })
      writeFileSync(path.join(project.folder, 'adder.config.ts'), config)
      const env = { RABBITMQ_PASSWORD: broker.password }
      talk = await startTalk(atEnd, { project: project.folder, hasWebhook: false, env })
    })
    after(async () => {
      for (const end of ends) await end()
    })

    test('takes every alert once, starts every task once and tells of it, although Adder is killed meanwhile', async () => {
      const hosts = Array.from({ length: 20 }, (_, index) => `web-${index}`)
      const put = (host: string) =>
        channel.sendToQueue('adder-alerts', Buffer.from(JSON.stringify({ host })), { messageId: `of-${host}` })
      const shown = () => talk.adder.output().slice(-4000)
      for (const host of hosts) put(host)
      await channel.waitForConfirms()
      await until('some tickets are open', () => talk.jira.issues().length >= 5, { shown })

      await talk.adder.kill()
      for (const host of hosts.slice(0, 5)) put(host)
      await channel.waitForConfirms()
      await talk.restart()

      const done = async () => (await channel.checkQueue('adder-done')).messageCount
      await until('all are told', async () => (await done()) >= hosts.length, { shown, withinMs: 120_000 })
      await talk.idle()
      assert.equal((await channel.checkQueue('adder-alerts')).messageCount, 0)
      assert.deepEqual(
        talk.jira
          .issues()
          .map(({ fields }) => String(fields.summary))
          .toSorted(),
        hosts.map((host) => `Alert on ${host}`).toSorted(),
      )
      const executed = worker.executed()
      assert.deepEqual([executed.length, new Set(executed).size], [hosts.length, hosts.length])
      // Published at least once: who reads drops what has a message_id that is known.
      assert.equal(new Set(await markers(channel)).size, hosts.length)
    })
  })
}

async function markers(channel: ConfirmChannel): Promise<string[]> {
  const found: string[] = []
  for (let got = await channel.get('adder-done'); got !== false; got = await channel.get('adder-done'))
    found.push(String(got.properties.messageId))
  return found
}
