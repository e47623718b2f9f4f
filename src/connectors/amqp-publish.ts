import type { Options } from 'amqplib'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import type { AmqpChannel, AmqpConnection } from './amqp-connection.ts'
import type { CallOptions } from './effect.ts'

export interface AmqpPublication extends CallOptions {
  /** `''`: straight into the queue that the routing key names. */
  exchange: string
  routingKey: string
  /** Sent as JSON. */
  body: unknown
  properties: Options.Publish
  /** In error messages: `publish`. */
  operation: string
  /** Done on the same channel before. */
  prepare?(channel: AmqpChannel): Promise<void>
}

/**
 * Publishes a message, persistent, and waits until the broker confirms that a queue has it. Throws connector errors: a
 * message that no queue takes is a refusal (status 312), and was not published.
 */
export async function amqpPublish(connection: AmqpConnection, publication: AmqpPublication): Promise<void> {
  const { exchange, routingKey, body, properties, operation, prepare, signal } = publication
  let isSent = false
  try {
    await connection.use(operation, { signal }, async (channel) => {
      await prepare?.(channel)
      let returned: string | undefined
      channel.on('return', ({ fields }) => {
        returned = 'replyText' in fields ? String(fields.replyText) : 'NO_ROUTE'
      })
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      channel.prependOnceListener('nack', () =>
        reject(new Error('the broker could not take the message, as where a queue is full')),
      )
      isSent = true
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(JSON.stringify(body)),
        { ...properties, contentType: 'application/json', persistent: true, mandatory: true },
        (error: Error | null) => (error === null ? resolve() : reject(error)),
      )
      await promise
      // The broker returns it first, and then confirms that it is done with it.
      if (returned !== undefined)
        throw new ConnectorRefused(
          `${connection.title}: ${operation}: no queue takes what has the routing key ${routingKey} (${returned})`,
          { status: 312 },
        )
    })
  } catch (cause) {
    throw isSent && cause instanceof ConnectorUnavailable ? maybePublished(cause) : cause
  }
}

function maybePublished({ message, cause }: ConnectorUnavailable): ConnectorUnavailable {
  return new ConnectorUnavailable(message, { mayHaveHappened: true, cause })
}
