import { setTimeout } from 'node:timers/promises'
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { AmqpBroker } from '../../connectors/amqp-broker.ts'
import { AmqpConnection, endConnection, openConnection } from '../../connectors/amqp-connection.ts'
import { amqpError } from '../../connectors/amqp-error.ts'
import type { Queue, TakeMessage } from '../../intake/queue.ts'
import { messageHeaders } from './message-headers.ts'
import { title } from './vendor.ts'

export interface RabbitQueueOptions {
  broker: AmqpBroker
  queue: string
  /** How many messages the broker hands out before the first of them is acknowledged. */
  atOnce: number
}

/** How long messages under way have when reading ends, in milliseconds. */
const drainMs = 500

/**
 * Reads a queue that exists; declares nothing. Each message is acknowledged by itself. What is refused is rejected
 * without being put back, so that the queue's dead-letter exchange gets it where there is one.
 *
 * https://www.rabbitmq.com/docs/consumers, https://www.rabbitmq.com/docs/confirms#acknowledgement-modes (read in
 * November 2026)
 */
export function rabbitQueue({ broker, queue, atOnce }: RabbitQueueOptions): Queue {
  const what = `${title}: reading ${queue}`

  return {
    async read(take, { signal }) {
      const over = new AbortController()
      const aborted = whenAborted(signal, over.signal)
      const opening = openConnection(broker)
      try {
        const connection = await Promise.race([opening, aborted])
        if (connection !== undefined) await readOn(connection, { queue, atOnce, take, aborted, over: over.signal })
      } catch (cause) {
        throw amqpError(cause, what, { mayHaveHappened: false })
      } finally {
        over.abort()
        await endConnection(opening)
      }
    },

    async probe(call) {
      const connection = new AmqpConnection(broker, title)
      try {
        await connection.use(`asking for the queue ${queue}`, call(), (channel) => channel.checkQueue(queue))
        return []
      } finally {
        await connection.close()
      }
    },
  }
}

interface Reading extends Pick<RabbitQueueOptions, 'queue' | 'atOnce'> {
  take: TakeMessage
  /** Resolves when nothing more is to be read. */
  aborted: Promise<undefined>
  /** Aborted when nothing can be acknowledged any more. */
  over: AbortSignal
}

/** Waits for the broker only until nothing more is to be read: one that has gone silent would hold up the end. */
async function readOn(connection: ChannelModel, { queue, atOnce, take, aborted, over }: Reading): Promise<void> {
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  connection.on('close', (error) => broken.reject(error ?? new Error('the connection was closed')))
  const underWay = new Set<Promise<void>>()
  let isEnding = false
  void aborted.then(() => {
    isEnding = true
  })

  async function consume(): Promise<{ channel: Channel; consumerTag: string }> {
    const channel = await connection.createChannel()
    channel.on('error', broken.reject)
    await channel.prefetch(atOnce)
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (message === null) broken.reject(new Error('the broker ended it, as where the queue is deleted'))
      else if (!isEnding) handle(channel, message)
    })
    return { channel, consumerTag }
  }

  function handle(channel: Channel, message: ConsumeMessage): void {
    const handling = settle(channel, message, { take, over }).finally(() => underWay.delete(handling))
    underWay.add(handling)
  }

  async function drain({ channel, consumerTag }: { channel: Channel; consumerTag: string }): Promise<void> {
    channel.cancel(consumerTag).catch(() => undefined)
    await Promise.all(underWay)
    // Behind the acknowledgements, which the end of the connection would overtake.
    await channel.close()
  }

  const opening = consume()
  opening.catch(() => undefined)
  const consuming = await Promise.race([opening, broken.promise, aborted])
  if (consuming === undefined) return
  await Promise.race([broken.promise, aborted])
  await Promise.race([drain(consuming), setTimeout(drainMs, undefined, { ref: false })])
}

/** Never rejects: what can't be settled any more comes again. */
async function settle(
  channel: Channel,
  message: ConsumeMessage,
  { take, over: signal }: Pick<Reading, 'take' | 'over'>,
): Promise<void> {
  try {
    const { content: body } = message
    const verdict = await take({ headers: messageHeaders(message), body }, { signal })
    if (verdict === 'taken') channel.ack(message)
    if (verdict === 'refused') channel.reject(message, false)
  } catch {
    // The channel is closed, and with it every message that was not acknowledged has been given back.
  }
}

/** @param over aborted when nobody waits for it any more. */
async function whenAborted(signal: AbortSignal, over: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true, signal: over }))
}
