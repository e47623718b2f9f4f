import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { startCutProxy } from '../../../test/support/cut-proxy.ts'
import { until } from '../../../test/support/until.ts'
import { amqpBroker } from '../../connectors/amqp-broker.ts'
import type { TakeMessage } from '../../intake/queue.ts'
import { secret } from '../../secrets/secret.ts'
import { rabbitQueue } from './rabbit-queue.ts'
import { startRabbitMqStandIn } from './stand-in.ts'

const password = 'password-of-the-stand-in-9a32'
process.env.RABBIT_QUEUE_PASSWORD = password
/** The method channel.open: its class and its number in it. */
const channelOpen = Buffer.from([0, 20, 0, 10])

/** A queue with one message, over a proxy that can have the broker go silent. */
async function alerts(t: TestContext) {
  const broker = await startRabbitMqStandIn({ user: 'adder', password })
  const port = Number(new URL(broker.url).port)
  const admin = await connect({ port, username: 'adder', password })
  const channel = await admin.createConfirmChannel()
  await channel.assertQueue('alerts', { durable: true })
  channel.sendToQueue('alerts', Buffer.from('{}'))
  await channel.waitForConfirms()
  const proxy = await startCutProxy(port)
  const options = { url: `amqp://127.0.0.1:${proxy.port}`, user: 'adder', password: secret('RABBIT_QUEUE_PASSWORD') }
  const queue = rabbitQueue({ broker: amqpBroker(options, 'x'), queue: 'alerts', atOnce: 1 })
  const stop = new AbortController()
  t.after(async () => {
    stop.abort()
    await admin.close()
    proxy.close()
    await broker.close()
  })
  /** Reads until the signal is aborted, and says how long that took then. */
  const read = async (take: TakeMessage) => {
    let abortedAt = Number.POSITIVE_INFINITY
    stop.signal.addEventListener('abort', () => {
      abortedAt = performance.now()
    })
    await queue.read(take, { signal: stop.signal })
    return performance.now() - abortedAt
  }
  return { broker, proxy, stop, read }
}

test('reading ends soon after the abort where the broker has gone silent', async (t) => {
  const { proxy, stop, read } = await alerts(t)

  const tookMs = await read(async () => {
    proxy.freeze()
    stop.abort()
    return 'taken'
  })

  assert.ok(tookMs < 2000, `${tookMs} ms`)
  await until('the connection is gone', () => proxy.open() === 0, { withinMs: 5000 })
})

test('reading ends soon after the abort where the broker goes silent while the queue is opened', async (t) => {
  const { proxy, stop, read } = await alerts(t)
  const frozen = proxy.freezeAfter(channelOpen)
  const reading = read(async () => 'taken')
  await frozen

  stop.abort()

  const tookMs = await reading
  assert.ok(tookMs < 2000, `${tookMs} ms`)
})

test('what was taken just before the abort is acknowledged', async (t) => {
  const { broker, stop, read } = await alerts(t)

  await read(async () => {
    stop.abort()
    return 'taken'
  })

  assert.deepEqual(broker.ready('alerts'), [])
})
