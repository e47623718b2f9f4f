import * as z from 'zod'
import { type AmqpBroker, type AmqpBrokerOptions, amqpBroker } from '../../connectors/amqp-broker.ts'
import { AmqpConnection } from '../../connectors/amqp-connection.ts'
import { amqpPublish } from '../../connectors/amqp-publish.ts'
import { checkedInput } from '../../connectors/checked-input.ts'
import type { Connector, ConnectorDefinition } from '../../connectors/connector.ts'
import type { Effect } from '../../connectors/effect.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { docs, title } from './vendor.ts'

const longestBody = 1_000_000
/** Of names and keys in AMQP, in bytes. */
const longestName = 255

const Name = z.string().refine((name) => Buffer.byteLength(name) <= longestName, `is over ${longestName} bytes`)

const PublishInput = z.object({
  exchange: Name,
  routingKey: Name,
  body: z
    .json('is no JSON')
    .refine((body) => JSON.stringify(body).length <= longestBody, `is longer than ${longestBody} characters`),
  type: Name.optional(),
})

export type RabbitMq = Connector<Record<never, never>, { publish: Effect<z.input<typeof PublishInput>, void> }>

/**
 * Publishes messages to exchanges of RabbitMQ.
 *
 * `publish({ exchange, routingKey, body, type })` publishes JSON, persistent, and is made when the broker has confirmed
 * that a queue has it; what no queue takes is an error. With the exchange `''` it goes into the queue that `routingKey`
 * names. AMQP can't be asked what was published, so in doubt it is published again: `message_id` is the effect's marker,
 * the same both times, by which whoever reads the queue can drop the second. Bodies up to 1,000,000 characters.
 *
 * Throws a `ConfigError` that names every option that can't be used.
 *
 * https://www.rabbitmq.com/docs/confirms, https://www.rabbitmq.com/docs/publishers (read in November 2026; tried with
 * RabbitMQ 3.10)
 */
export function connector(options: AmqpBrokerOptions): ConnectorDefinition<RabbitMq> {
  expectOptions('rabbitmq.connector', options, { url: 'string', user: 'string', password: 'any', ca: 'string?' })
  const broker = amqpBroker(options, 'rabbitmq.connector')
  return { integration: 'rabbitmq', title, docs, secrets: [options.password], connect: () => rabbitMq(broker) }
}

function rabbitMq(broker: AmqpBroker): RabbitMq {
  const connection = new AmqpConnection(broker, title)
  return {
    lookups: {},
    effects: {
      publish: {
        once: 'at least once',
        async make(given, { marker, intendedAt, signal }) {
          const { type, ...message } = checkedInput(PublishInput, given, `${title}: publish`)
          await amqpPublish(connection, {
            ...message,
            properties: {
              messageId: marker,
              timestamp: Math.floor(Date.parse(intendedAt) / 1000),
              appId: 'adder',
              ...(type === undefined ? {} : { type }),
            },
            operation: 'publish',
            signal,
          })
        },
      },
    },
    probe: (call) => connection.use('probe', call, async () => undefined),
    close: () => connection.close(),
  }
}
