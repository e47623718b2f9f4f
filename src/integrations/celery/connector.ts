import { setTimeout } from 'node:timers/promises'
import type { Message } from 'amqplib'
import * as z from 'zod'
import { type AmqpBroker, type AmqpBrokerOptions, amqpBroker } from '../../connectors/amqp-broker.ts'
import { type AmqpChannel, AmqpConnection } from '../../connectors/amqp-connection.ts'
import { amqpPublish } from '../../connectors/amqp-publish.ts'
import { checkedInput } from '../../connectors/checked-input.ts'
import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import type { CallOptions, Effect } from '../../connectors/effect.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import { type Task, taskListener } from './schema.ts'
import { taskMessage } from './task-message.ts'

export interface CeleryOptions extends AmqpBrokerOptions {
  /** The queue of tasks that name none. Default `celery`, as Celery's own. */
  queue?: string
}

const title = 'Celery'
const docs = 'https://docs.celeryq.dev/en/stable/internals/protocol.html'
const longestArguments = 100_000
const dayMs = 86_400_000
/** How long the queue with what became of a task is kept when nobody asks for it any more. */
const keptMs = 7 * dayMs
/** One at a time looks at what is in a task's queue, for a moment. */
const looks = 20
const betweenLooksMs = 100

const QueueName = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= 255, 'is over 255 bytes')

const StartInput = z
  .object({
    task: z
      .string()
      .max(200)
      .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/, 'is no name of a task, such as hosts.isolate'),
    args: z.array(z.json('is no JSON')).default([]),
    kwargs: z
      .record(z.string().regex(/^[A-Za-z_]\w{0,99}$/, 'is no name of an argument'), z.json('is no JSON'))
      .default({}),
    queue: QueueName.optional(),
  })
  .refine(
    ({ args, kwargs }) => JSON.stringify([args, kwargs]).length <= longestArguments,
    `its arguments have more than ${longestArguments} characters`,
  )
const StartedInput = z.object({ id: z.string().regex(/^adder-[0-9a-f]{24}$/, 'is no task that Adder has started') })

/** What was started, and what `result` is about. */
export type StartedTask = z.infer<typeof StartedInput>

export type Celery = Connector<
  { result: Lookup<StartedTask, Task> },
  { start: Effect<z.input<typeof StartInput>, StartedTask> }
>

/**
 * Starts tasks of Celery over RabbitMQ, and tells what became of them.
 *
 * `start({ task, args, kwargs, queue })` sends a task; the task's id is the effect's marker. `result(started)` says how far
 * it is, what it returned, or the exception that it ended with. Arguments and results are JSON.
 *
 * Celery runs a task again that is sent again, whatever its id. So the broker puts a copy of each task, in the same act,
 * into a queue of that task's own, which is also where its worker sends what becomes of it: a start that got no answer is
 * found there. The workers need the result backend `rpc://`. The queue is gone a week after it was last asked for, and with
 * it the knowledge that the task was started.
 *
 * Throws a `ConfigError` that names every option that can't be used.
 *
 * https://docs.celeryq.dev/en/stable/internals/protocol.html, https://www.rabbitmq.com/docs/sender-selected (read in
 * November 2026; tried with Celery 5.2 and RabbitMQ 3.10)
 */
export function connector(options: CeleryOptions): ConnectorDefinition<Celery> {
  expectOptions('celery.connector', options, {
    url: 'string',
    user: 'string',
    password: 'any',
    ca: 'string?',
    queue: 'string?',
  })
  const { queue = 'celery', ...where } = options
  const broker = amqpBroker(where, 'celery.connector')
  return { integration: 'celery', title, docs, secrets: [options.password], connect: () => celery(broker, queue) }
}

interface Look extends CallOptions {
  hear(message: Message): void
}

function celery(broker: AmqpBroker, defaultQueue: string): Celery {
  const connection = new AmqpConnection(broker, title)

  /** Whether a task was sent. Has `hear` told its copy, and all that its worker has said. */
  async function wasSent(operation: string, id: string, { hear, ...call }: Look): Promise<boolean> {
    for (let look = 1; ; look++) {
      try {
        return (await connection.use(operation, call, (channel) => readAll(channel, ownQueue(id), hear))) > 0
      } catch (error) {
        if (isRefused(error, 404)) return false
        if (!isRefused(error, 403) || look === looks) throw error
        // Somebody else is looking, or Adder's account may not: the broker has one code for both.
        await setTimeout(betweenLooksMs * Math.random(), undefined, { signal: call.signal }).catch(() => undefined)
      }
    }
  }

  return {
    lookups: {
      async result(given, call) {
        const { id } = checkedInput(StartedInput, given, `${title}: result`)
        const { hear, told } = taskListener(`${title}: result`)
        return (await wasSent('result', id, { ...call, hear })) ? found(told()) : notFound()
      },
    },
    effects: {
      start: {
        once: 'by marker',
        finding: 'cheap',
        async make(given, { marker: id, signal }) {
          const { queue = defaultQueue, ...call } = checkedInput(StartInput, given, `${title}: start`)
          const replyTo = ownQueue(id)
          const { body, properties } = taskMessage({ ...call, id, replyTo })
          await amqpPublish(connection, {
            exchange: '',
            routingKey: queue,
            body,
            properties: { ...properties, BCC: [replyTo] },
            operation: 'start',
            signal,
            async prepare(channel) {
              // The copy is always taken, so that nobody would be told where the task is not.
              await channel.checkQueue(queue)
              await channel.assertQueue(replyTo, { durable: true, expires: keptMs })
            },
          })
          return { id }
        },
        async find(_, { marker: id, ...call }) {
          const look = { ...call, hear: () => undefined }
          return (await wasSent('looking for a task', id, look)) ? found({ id }) : notFound()
        },
      },
    },
    async probe(call) {
      await connection.use('probe', call, (channel) => channel.checkQueue(defaultQueue))
    },
    close: () => connection.close(),
  }
}

/** The task's own, with a name that Adder's account may have rights on by a pattern: `^adder-`. */
function ownQueue(id: string): string {
  return `${id}.celery`
}

/**
 * Looks at what is in a queue, with nobody else there. The broker puts all of it back when the channel is closed, in the
 * same act in which it lets the next one in: nobody ever sees a part.
 *
 * @param hear is told each message, and nobody holds it after that: a task may have said any number of things.
 * @returns how many there were.
 */
async function readAll(channel: AmqpChannel, queue: string, hear: (message: Message) => void): Promise<number> {
  let count = 0
  const take = (message: Message | null) => {
    if (message === null) return
    count += 1
    hear(message)
  }
  // Without a bound, also where the broker has one by default: nothing is acknowledged, so that no more would come.
  await channel.prefetch(0)
  await channel.consume(queue, take, { exclusive: true })
  // What was handed out before the broker counts arrives before the count does.
  while ((await channel.checkQueue(queue)).messageCount > 0);
  return count
}

function isRefused(error: unknown, status: number): boolean {
  return error instanceof ConnectorRefused && error.status === status
}
