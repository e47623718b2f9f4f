import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { connect } from 'amqplib'
import { attempt } from '../../engine/attempts.ts'
import { secret } from '../../secrets/secret.ts'
import { authority } from '../../stand-ins/test-certificate.ts'
import { connector } from './connector.ts'
import { type RabbitMqStandInOptions, startRabbitMqStandIn } from './stand-in.ts'

const password = 'password-of-the-stand-in-9a2f'
process.env.RABBITMQ_CONNECTOR_PASSWORD = password

async function broker(t: TestContext, options: Partial<RabbitMqStandInOptions> = {}, ca?: string) {
  const standIn = await startRabbitMqStandIn({ user: 'adder', password, ...options })
  const connected = connector({
    url: standIn.url,
    user: 'adder',
    password: secret('RABBITMQ_CONNECTOR_PASSWORD'),
    ...(ca === undefined ? {} : { ca }),
  }).connect()
  t.after(async () => {
    await connected.close()
    await standIn.close()
  })
  const marker = `adder-${'0'.repeat(24)}`
  /** What the engine makes of one attempt. */
  const publish = (timeoutMs = 5000) =>
    attempt(
      (signal) =>
        connected.effects.publish.make(
          { exchange: '', routingKey: 'done', body: { host: 'web-1' } },
          { signal, marker, intendedAt: new Date().toISOString() },
        ),
      { timeoutMs, isWrite: true, insists: true },
    )
  if (options.isTls !== true) await declare(standIn.url, 'done')
  return { standIn, connected, publish }
}

async function declare(url: string, queue: string): Promise<void> {
  const { port } = new URL(url)
  const connection = await connect({ port: Number(port), username: 'adder', password })
  const channel = await connection.createChannel()
  await channel.assertQueue(queue, { durable: true })
  await connection.close()
}

describe('publishing to RabbitMQ', () => {
  test('is done when it is confirmed', async (t) => {
    const { publish, standIn } = await broker(t)

    assert.equal((await publish()).kind, 'done')
    assert.deepEqual(standIn.ready('done'), ['{"host":"web-1"}'])
  })

  test('is in doubt where the connection is cut before the confirm, and is there twice when it is made again', async (t) => {
    const { publish, standIn } = await broker(t)
    standIn.misbehave({ lostAnswers: 1 })

    const lost = await publish()
    standIn.misbehave({})
    const again = await publish()

    assert.ok(lost.kind === 'unsure' && !lost.answered, inspect(lost))
    assert.equal(again.kind, 'done')
    assert.equal(standIn.ready('done')?.length, 2)
  })

  test('is in doubt where no confirm comes in time', async (t) => {
    const { publish, standIn } = await broker(t)
    standIn.misbehave({ slowMs: 60_000 })

    const slow = await publish(200)

    assert.equal(slow.kind, 'unsure', inspect(slow))
  })

  test('is tried again where the broker is down, and done when it is back', async (t) => {
    const { publish, standIn } = await broker(t)
    assert.equal((await publish()).kind, 'done')

    standIn.misbehave({ down: true })
    const down = await publish()
    standIn.misbehave({})

    assert.ok(down.kind === 'again' && down.code === 'connector.unavailable', inspect(down))
    assert.equal((await publish()).kind, 'done')
  })

  test('goes over TLS where the broker’s authority is trusted', async (t) => {
    const { connected } = await broker(t, { isTls: true }, authority)

    await connected.probe({ signal: AbortSignal.timeout(5000) })
  })

  test('waits for a certificate that is not trusted to be replaced', async (t) => {
    const { publish } = await broker(t, { isTls: true })

    const tried = await publish()

    assert.ok(tried.kind === 'again' && /certificate is not trusted .*set ca/.test(tried.reason), inspect(tried))
  })

  test('waits for a wrong password to be mended', async (t) => {
    process.env.RABBITMQ_CONNECTOR_PASSWORD = 'another one'
    t.after(() => {
      process.env.RABBITMQ_CONNECTOR_PASSWORD = password
    })
    const { publish } = await broker(t)

    const tried = await publish()

    assert.ok(tried.kind === 'again' && /user or password is wrong/.test(tried.reason), inspect(tried))
  })
})
