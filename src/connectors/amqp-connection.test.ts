import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startCutProxy } from '../../test/support/cut-proxy.ts'
import { until } from '../../test/support/until.ts'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
import { startRabbitMqStandIn } from '../integrations/rabbitmq/stand-in.ts'
import { secret } from '../secrets/secret.ts'
import { amqpBroker } from './amqp-broker.ts'
import { type AmqpChannel, AmqpConnection } from './amqp-connection.ts'

const password = 'password-of-the-stand-in-9a31'
process.env.AMQP_CONNECTION_PASSWORD = password

/** A connection to a broker, over a proxy that can have the broker go silent. */
async function connected(t: TestContext) {
  const broker = await startRabbitMqStandIn({ user: 'adder', password })
  const proxy = await startCutProxy(Number(new URL(broker.url).port))
  const options = { url: `amqp://127.0.0.1:${proxy.port}`, user: 'adder', password: secret('AMQP_CONNECTION_PASSWORD') }
  const connection = new AmqpConnection(amqpBroker(options, 'x'), 'RabbitMQ')
  t.after(async () => {
    await connection.close()
    proxy.close()
    await broker.close()
  })
  const use = <T>(action?: (channel: AmqpChannel) => Promise<T>, timeoutMs = 5000) =>
    connection.use('asking', { signal: AbortSignal.timeout(timeoutMs) }, async (channel) => action?.(channel))
  return { broker, proxy, connection, use }
}

const isOutOfTime = (error: unknown) => error instanceof ConnectorUnavailable && /in time/.test(error.message)

test('opens a new connection after one on which no channel could be opened in time', async (t) => {
  const { proxy, use } = await connected(t)
  await use()

  proxy.mute()
  await assert.rejects(use(undefined, 100), isOutOfTime)

  await use()
  assert.equal(proxy.connections(), 2)
  await until('the first is closed', () => proxy.open() === 1)
})

test('opens a new connection after one on which an answer did not come in time', async (t) => {
  const { proxy, use } = await connected(t)
  const silenced = (channel: AmqpChannel) => {
    proxy.mute()
    return channel.assertQueue('a')
  }

  await assert.rejects(use(silenced, 200), isOutOfTime)

  await use()
  assert.equal(proxy.connections(), 2)
  await until('the first is closed', () => proxy.open() === 1)
})

test('asks nothing of a broker with an alarm, and then learns what it has read of an earlier call', async (t) => {
  const { broker, proxy, use } = await connected(t)
  await use((channel) => channel.assertQueue('a'))
  const publish = (channel: AmqpChannel) => {
    channel.sendToQueue('a', Buffer.from('{}'))
    return channel.waitForConfirms()
  }

  broker.alarm('low on memory')
  await assert.rejects(use(publish, 200), isOutOfTime)
  const refused = use()

  await assert.rejects(
    refused,
    (error) =>
      error instanceof ConnectorUnavailable && !error.mayHaveHappened && /alarm \(low on memory\)/.test(error.message),
  )
  assert.deepEqual(broker.ready('a'), [])
  broker.alarm()
  const count = await until('it is asked again', () =>
    use(async (channel) => (await channel.checkQueue('a')).messageCount).catch(() => undefined),
  )
  assert.equal(count, 1)
  assert.equal(proxy.connections(), 1)
})

test('ends at once where the broker does not answer, and leaves no connection', async (t) => {
  const { proxy, connection, use } = await connected(t)
  await use()
  proxy.freeze()
  const before = performance.now()

  await connection.close()

  assert.ok(performance.now() - before < 1000)
  // Not only when the heartbeats are missed, after half a minute.
  await until('it is closed', () => proxy.open() === 0, { withinMs: 5000 })
})
