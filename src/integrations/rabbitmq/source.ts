import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import { type AmqpBrokerOptions, amqpBroker } from '../../connectors/amqp-broker.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import { rabbitQueue } from './rabbit-queue.ts'
import { eventKind } from './received.ts'
import { docs } from './vendor.ts'

/** A fact that a message tells. */
export interface RabbitMqEvent<Data> {
  /**
   * What makes the fact that fact, the same whenever and however often it is published. Two messages with one identity
   * are one event, and start one run. Default: the message's `message_id`; where it has none, all that its body says.
   */
  identity?: readonly [string, ...string[]]
  /**
   * When it happened. One older than the retention, less a day, is stale and starts nothing. Default: the message's
   * `timestamp`; where it has none, or one over a day ahead, now.
   */
  at?: Date
  /** What automations get. JSON. */
  data: Data
}

export interface RabbitMqSourceOptions<Payload, Data> extends AmqpBrokerOptions {
  /** The source's name everywhere. Lower-case letters, digits and dashes. */
  name: string
  /** The queue. It has to exist; Adder declares none. */
  queue: string
  /** How many messages are taken in at once, 1 to 1,000. Default 16. */
  atOnce?: number
  /** The largest body that is taken in, in bytes. Default 8 MiB. The broker's own limit bounds what Adder has to hold. */
  maxBytes?: number
  /** The shape of the body, which is JSON. What has another one is kept in the history and rejected. */
  schema: z.ZodType<Payload>
  /**
   * The fact or facts that a message tells; an empty list where it is of no interest. `headers` has its properties and
   * its own headers: `message-id`, `type`, `routing-key`.
   */
  event(payload: Payload, headers: IncomingHttpHeaders): RabbitMqEvent<Data> | readonly RabbitMqEvent<Data>[]
  /** Which values of the data redaction must leave alone, such as ids and times, by their path: `['id', 'rule.id']`. */
  keeps?: readonly string[]
}

/** A source that `received` knows the data of. */
export interface RabbitMqSource<Data> extends SourceDefinition {
  /** Carries the type of its events' data; never set. */
  readonly data?: Data
}

const dayMs = 86_400_000
const defaultAtOnce = 16
const mostAtOnce = 1000
const defaultMaxBytes = 8 * 1024 * 1024

/**
 * A queue of RabbitMQ: each fact that `event` finds in a message is one `rabbitmq.<name>`.
 *
 * A message is acknowledged when its events would survive a crash, with the engine or in the spool; one that is
 * delivered again is a duplicate. While Adder can take nothing in, messages stay in the queue. One that can't be taken
 * in at all (no JSON, another shape, too large) is recorded and rejected, so that the queue's dead-letter exchange gets it.
 *
 * Throws a `ConfigError` that names every option that can't be used.
 *
 * https://www.rabbitmq.com/docs/confirms, https://www.rabbitmq.com/docs/dlx (read in November 2026; tried with RabbitMQ
 * 3.10)
 */
export function source<Payload, Data>(options: RabbitMqSourceOptions<Payload, Data>): RabbitMqSource<Data> {
  expectOptions<RabbitMqSourceOptions<unknown, unknown>>('rabbitmq.source', options, {
    url: 'string',
    user: 'string',
    password: 'any',
    ca: 'string?',
    name: 'string',
    queue: 'string',
    atOnce: 'any?',
    maxBytes: 'any?',
    schema: 'any',
    event: 'any',
    keeps: 'any?',
  })
  const { name, queue, schema, keeps = [], atOnce = defaultAtOnce, maxBytes = defaultMaxBytes } = options
  const broker = amqpBroker(options, 'rabbitmq.source')
  checkQueue({ queue, atOnce, maxBytes })
  const exactValues = new Set(keeps)
  const definition: SourceDefinition<Payload> = {
    name,
    integration: 'rabbitmq',
    docs,
    maxBytes,
    authentication: {
      kind: 'queue',
      secrets: options.password,
      where: `${queue} at ${broker.where}`,
      connect: () => rabbitQueue({ broker, queue, atOnce }),
    },
    schema,
    deliveryId: (headers) => messageId(headers),
    events: (payload, headers) =>
      [options.event(payload, headers)].flat().map(({ identity, at, data }, index) => ({
        kind: eventKind({ name }),
        identity: identity ?? [messageId(headers) ?? hashOf(payload), ...(index === 0 ? [] : [String(index)])],
        at: at ?? publishedAt(headers),
        data,
      })),
    keeps: (path) => exactValues.has(path.join('.')),
  }
  return definition
}

function messageId({ 'message-id': id }: IncomingHttpHeaders): string | undefined {
  return typeof id === 'string' && id !== '' ? id : undefined
}

function hashOf(payload: unknown): string {
  return hash('sha256', JSON.stringify(payload), 'hex')
}

/** Some publishers give milliseconds where AMQP has seconds, which would be in the far future. */
function publishedAt({ timestamp }: IncomingHttpHeaders): Date {
  const time = new Date(typeof timestamp === 'string' ? timestamp : Number.NaN)
  return time.getTime() <= Date.now() + dayMs ? time : new Date()
}

function checkQueue({ queue, atOnce, maxBytes }: { queue: string; atOnce: number; maxBytes: number }): void {
  const faults = [
    ...(queue === '' || Buffer.byteLength(queue) > 255 ? [['queue', 'is no name of a queue'] as const] : []),
    ...(isWithin(atOnce, mostAtOnce) ? [] : [['atOnce', `is a whole number from 1 to ${mostAtOnce}`] as const]),
    ...(isWithin(maxBytes, Number.MAX_SAFE_INTEGER) ? [] : [['maxBytes', 'is a number of bytes'] as const]),
  ]
  if (faults.length > 0)
    throw new ConfigError(faults.map(([option, problem]) => ({ at: `rabbitmq.source({ ${option} })`, problem })))
}

function isWithin(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}
