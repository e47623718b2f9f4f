import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import * as z from 'zod'
import { ConnectorUnavailable } from '../../src/errors/connector-errors.ts'
import * as celery from '../../src/integrations/celery/index.ts'
import * as rabbitMq from '../../src/integrations/rabbitmq/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { brokerUser, rabbitMqContract } from '../support/rabbitmq-contract.ts'
import { until } from '../support/until.ts'
import { hasRabbitMq, type RabbitMqServer, startRabbitMq } from './rabbitmq.ts'

// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip =
  (await hasRabbitMq()) || process.env.CI ? false : 'RABBITMQ IS NOT INSTALLED: nothing was tested against a real one'

rabbitMqContract('the real one', { skip, start: startRabbitMq })

describe('A real RabbitMQ', { skip, timeout: 180_000 }, () => {
  let server: RabbitMqServer
  before(async () => {
    server = await startRabbitMq()
    process.env.RABBITMQ_TLS_PASSWORD = server.password
  })
  after(async () => {
    await server?.close()
    delete process.env.RABBITMQ_TLS_PASSWORD
  })

  const limit = () => ({ signal: AbortSignal.timeout(20_000) })

  const probe = async (host: string, ca?: string) => {
    const { probe, close } = rabbitMq
      .connector({
        url: `amqps://${host}:${server.tlsPort}`,
        user: brokerUser,
        password: secret('RABBITMQ_TLS_PASSWORD'),
        ...(ca === undefined ? {} : { ca }),
      })
      .connect()
    await probe({ signal: AbortSignal.timeout(10_000) }).finally(close)
  }

  test('lets Adder in over TLS, by name and by address, where its authority is trusted', async () => {
    await probe('localhost', server.ca)
    await probe('127.0.0.1', server.ca)
  })

  test('is not spoken to where its authority is not trusted', async () => {
    await assert.rejects(
      probe('localhost'),
      (error) => error instanceof ConnectorUnavailable && /set ca/.test(error.message),
    )
  })

  test('needs no more rights for Celery than the README names, and refuses what they are not for', async () => {
    await server.addUser('starter', ['^adder-', '^amq\\.default$', '^adder-'])
    const admin = await connect({ port: server.port, username: brokerUser, password: server.password })
    const channel = await admin.createChannel()
    await channel.assertQueue('celery', { durable: true })
    await admin.close()
    const account = {
      user: 'starter',
      password: secret('RABBITMQ_TLS_PASSWORD'),
      url: `amqp://127.0.0.1:${server.port}`,
    }
    const tasks = celery.connector(account).connect()
    const call = { ...limit(), marker: `adder-${'1'.repeat(24)}`, intendedAt: new Date().toISOString() }

    const started = await tasks.effects.start.make({ task: 'hosts.isolate' }, call)

    assert.deepEqual(await tasks.lookups.result(started, call), { kind: 'found', value: { state: 'sent' } })
    const messages = rabbitMq.connector(account).connect()
    await assert.rejects(messages.effects.publish.make({ exchange: 'siem', routingKey: 'x', body: 1 }, call), {
      code: 'connector.refused',
      status: 403,
    })
    await Promise.all([tasks.close(), messages.close()])
  })

  test('is sent nothing more while it has an alarm, and is when that is over', async (t) => {
    const admin = await connect({ port: server.port, username: brokerUser, password: server.password })
    const channel = await admin.createChannel()
    await channel.assertQueue('alarm', { durable: true })
    const messages = rabbitMq
      .connector({
        user: brokerUser,
        password: secret('RABBITMQ_TLS_PASSWORD'),
        url: `amqp://127.0.0.1:${server.port}`,
      })
      .connect()
    t.after(async () => {
      await server.setMemoryAlarm(false)
      await messages.close()
      await admin.close()
    })
    const publish = (timeoutMs = 20_000) =>
      messages.effects.publish.make(
        { exchange: '', routingKey: 'alarm', body: 1 },
        {
          signal: AbortSignal.timeout(timeoutMs),
          marker: `adder-${'3'.repeat(24)}`,
          intendedAt: new Date().toISOString(),
        },
      )
    await server.setMemoryAlarm(true)

    // It stops reading when something is published, and says so then.
    await assert.rejects(publish(2000), (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened)
    await assert.rejects(
      publish(),
      (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened && /alarm/.test(error.message),
    )

    await server.setMemoryAlarm(false)
    await until('it takes messages again', () =>
      publish().then(
        () => true,
        () => false,
      ),
    )
    assert.equal((await channel.checkQueue('alarm')).messageCount, 2)
  })

  test('tells the end of a task of Celery behind 1,100 messages, and keeps them in their order', async (t) => {
    const account = { user: brokerUser, url: `amqp://127.0.0.1:${server.port}` }
    const tasks = celery.connector({ ...account, password: secret('RABBITMQ_TLS_PASSWORD') }).connect()
    const admin = await connect({ port: server.port, username: brokerUser, password: server.password })
    t.after(() => Promise.all([tasks.close(), admin.close()]))
    const channel = await admin.createConfirmChannel()
    await channel.assertQueue('celery', { durable: true })
    const call = { ...limit(), marker: `adder-${'4'.repeat(24)}`, intendedAt: new Date().toISOString() }
    const started = await tasks.effects.start.make({ task: 'hosts.isolate' }, call)
    const tell = (status: string, result: unknown) =>
      channel.sendToQueue(`${started.id}.celery`, Buffer.from(JSON.stringify({ status, result })), {
        contentType: 'application/json',
      })
    for (let done = 1; done <= 1100; done++) tell('PROGRESS', { done })
    await channel.waitForConfirms()

    for (let asked = 0; asked < 3; asked++)
      assert.deepEqual(await tasks.lookups.result(started, call), {
        kind: 'found',
        value: { state: 'other', customState: 'PROGRESS', result: { done: 1100 } },
      })
    tell('SUCCESS', 7)
    await channel.waitForConfirms()

    const over = await tasks.lookups.result(started, call)
    assert.deepEqual(over, { kind: 'found', value: { state: 'success', result: 7 } })
  })

  test('needs no more rights for a queue and an exchange than the README names', async () => {
    await server.addUser('reader', ['^$', '^siem$', '^siem-high$'])
    const account = {
      user: 'reader',
      password: secret('RABBITMQ_TLS_PASSWORD'),
      url: `amqp://127.0.0.1:${server.port}`,
    }
    const call = { ...limit(), marker: `adder-${'2'.repeat(24)}`, intendedAt: new Date().toISOString() }
    const messages = rabbitMq.connector(account).connect()

    await messages.effects.publish.make({ exchange: 'siem', routingKey: 'alert.high', body: { id: 'a' } }, call)
    await messages.close()

    const { authentication } = rabbitMq.source({
      ...account,
      name: 'a',
      queue: 'siem-high',
      schema: z.unknown(),
      event: () => [],
    })
    assert.equal(authentication.kind, 'queue')
    if (authentication.kind !== 'queue') return
    const stop = new AbortController()
    const bodies: string[] = []
    await authentication.connect().read(
      async ({ body }) => {
        bodies.push(String(body))
        stop.abort()
        return 'taken'
      },
      { signal: stop.signal },
    )
    assert.deepEqual(bodies, ['{"id":"a"}'])
  })
})
