import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ConnectorRefused } from '../../src/errors/connector-errors.ts'
import * as rabbitMq from '../../src/integrations/rabbitmq/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { brokerUser, rabbitMqContract } from '../support/rabbitmq-contract.ts'
import { hasRabbitMq, type RabbitMqServer, startRabbitMq } from './rabbitmq.ts'

// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip =
  (await hasRabbitMq()) || process.env.CI ? false : 'RABBITMQ IS NOT INSTALLED: nothing was tested against a real one'

rabbitMqContract('the real one', { skip, start: startRabbitMq })

describe('A real RabbitMQ over TLS', { skip, timeout: 180_000 }, () => {
  let server: RabbitMqServer
  before(async () => {
    server = await startRabbitMq()
    process.env.RABBITMQ_TLS_PASSWORD = server.password
  })
  after(async () => {
    await server?.close()
    delete process.env.RABBITMQ_TLS_PASSWORD
  })

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

  test('lets Adder in, by name and by address, where its authority is trusted', async () => {
    await probe('localhost', server.ca)
    await probe('127.0.0.1', server.ca)
  })

  test('is refused where its authority is not trusted', async () => {
    await assert.rejects(
      probe('localhost'),
      (error) => error instanceof ConnectorRefused && /set ca/.test(error.message),
    )
  })
})
