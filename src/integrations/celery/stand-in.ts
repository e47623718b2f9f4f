import { type Channel, connect, type Message, type Options } from 'amqplib'
import * as z from 'zod'

export interface CeleryStandInOptions {
  /** The broker's, where it has the account. */
  connect: Options.Connect
  /** The queue that it works on. Default `celery`. */
  queue?: string
  /** What its tasks do, by their names. What one throws is how it fails. */
  tasks: Readonly<Record<string, StandInTask>>
}

/** @param tell says a state of the task's own. */
export type StandInTask = (
  call: { args: unknown[]; kwargs: Record<string, unknown> },
  tell: (state: string, meta: unknown) => void,
) => unknown

export interface CeleryStandIn {
  /** The ids of the tasks that it has begun, in order. */
  executed(): string[]
  close(): Promise<void>
}

/** What a worker needs of a task to begin it. */
const TaskHeaders = z.object({
  lang: z.literal('py'),
  task: z.string(),
  id: z.string(),
  root_id: z.string(),
  retries: z.int(),
  timelimit: z.tuple([z.null(), z.null()]),
})
const TaskBody = z.tuple([
  z.array(z.unknown()),
  z.record(z.string(), z.unknown()),
  z.object({ callbacks: z.null(), errbacks: z.null(), chain: z.null(), chord: z.null() }),
])

/**
 * A worker of Celery with the result backend `rpc://` and `task_track_started`, on any broker: it runs whatever is in its
 * queue, as often as it is there. What is no task it discards, as a worker does.
 *
 * https://docs.celeryq.dev/en/stable/internals/protocol.html (read in November 2026)
 */
export async function startCeleryStandIn(options: CeleryStandInOptions): Promise<CeleryStandIn> {
  const { queue = 'celery', tasks } = options
  const connection = await connect(options.connect)
  const channel = await connection.createChannel()
  const executed: string[] = []
  await channel.assertQueue(queue, { durable: true })
  await channel.consume(queue, async (message) => {
    if (message === null) return
    channel.ack(message)
    const task = taskOf(message)
    if (task === undefined) return
    executed.push(task.id)
    const reply = (status: string, result: unknown) => send(channel, { ...task, status, result })
    try {
      const run = tasks[task.task]
      if (run === undefined) throw Object.assign(new Error(task.task), { name: 'NotRegistered' })
      reply('STARTED', { pid: 1, hostname: 'stand-in' })
      reply('SUCCESS', await run(task, reply))
    } catch (error) {
      const { name, message: said } = error as Error // a task throws nothing else
      reply('FAILURE', { exc_type: name, exc_message: [said], exc_module: 'builtins' })
    }
  })
  return { executed: () => [...executed], close: () => connection.close() }
}

interface Received {
  id: string
  task: string
  args: unknown[]
  kwargs: Record<string, unknown>
  replyTo: string
}

function taskOf({ content, properties }: Message): Received | undefined {
  const headers = TaskHeaders.safeParse(properties.headers)
  if (!headers.success || properties.contentType !== 'application/json' || properties.contentEncoding !== 'utf-8')
    return undefined
  const body = TaskBody.safeParse(JSON.parse(content.toString()))
  if (!body.success) return undefined
  const [args, kwargs] = body.data
  return { ...headers.data, args, kwargs, replyTo: String(properties.replyTo) }
}

function send(channel: Channel, { id, replyTo, status, result }: Received & { status: string; result: unknown }): void {
  const traceback = status === 'FAILURE' ? 'Traceback (most recent call last):\n  File "/srv/tasks.py"' : null
  const reply = { task_id: id, status, result, traceback, children: [] }
  channel.publish('', replyTo, Buffer.from(JSON.stringify(reply)), {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: id,
    deliveryMode: 1,
  })
}
