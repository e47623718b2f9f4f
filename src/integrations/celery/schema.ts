import type { Message } from 'amqplib'
import * as z from 'zod'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'

/**
 * What a worker sends of a task to the queue that the task names, with the result backend `rpc://`.
 *
 * https://docs.celeryq.dev/en/stable/userguide/tasks.html#task-result-backends (read in November 2026; seen of Celery
 * 5.2)
 */
const Reply = z.object({ status: z.string().min(1).max(100), result: z.unknown() })
type Reply = z.infer<typeof Reply>

/** An exception, as Celery writes it in JSON. */
const Raised = z.object({ exc_type: z.string(), exc_message: z.union([z.string(), z.array(z.unknown())]) })

/** A task, as far as its worker has told. */
export interface Task {
  /**
   * - `sent`: it is in its queue, or a worker has it and has said nothing yet;
   * - `started`: a worker has begun it (told only with `task_track_started`);
   * - `retry`: it failed, and its worker tries it again;
   * - `success`, `failure`, `revoked`: it is over;
   * - `other`: a state of the task's own, in `customState`.
   */
  state: 'sent' | 'started' | 'retry' | 'success' | 'failure' | 'revoked' | 'other'
  customState?: string
  /** What it returned, or what a task says in a state of its own. JSON. */
  result?: unknown
  /** The exception that it ended with, or is tried again for: its class, and at most 1,000 characters of its words. */
  error?: { type: string; message: string }
}

const states: Record<string, Task['state']> = {
  STARTED: 'started',
  RETRY: 'retry',
  SUCCESS: 'success',
  FAILURE: 'failure',
  REVOKED: 'revoked',
}
const longestReply = 1_000_000
const longestMessage = 1000

/** Whether a task is over, well or not. */
export function isOver({ state }: Task): boolean {
  return state === 'success' || state === 'failure' || state === 'revoked'
}

/** Whether this is the copy of the task itself, which is there from its start on, and no word of a worker. */
function isTask({ properties }: Message): boolean {
  return typeof properties.headers?.task === 'string'
}

/** Hears what is said of a task, and holds no more of it than what counts. */
export interface TaskListener {
  /** Takes the messages about it, in the order in which they came. Never throws. */
  hear(message: Message): void
  /** What they say of it. Its end counts, whatever came after it. Throws `ConnectorAnswerInvalid`. */
  told(): Task
}

/** @param what in error messages: `Celery: result`. */
export function taskListener(what: string): TaskListener {
  let last: Task = { state: 'sent' }
  let fault: unknown
  return {
    hear(message) {
      if (isTask(message) || fault !== undefined) return
      try {
        const task = taskState(reply(message, what))
        if (isOver(task) || !isOver(last)) last = task
      } catch (error) {
        fault = error
      }
    },
    told() {
      if (fault !== undefined) throw fault
      return last
    },
  }
}

function taskState({ status, result }: Reply): Task {
  const state = states[status] ?? 'other'
  if (state === 'success') return { state, result }
  if (state === 'other') return { state, customState: status, ...(result === null ? {} : { result }) }
  if (state === 'started') return { state }
  const { data } = Raised.safeParse(result)
  return { state, ...(data === undefined ? {} : { error: errorOf(data) }) }
}

function errorOf({ exc_type: type, exc_message: said }: z.infer<typeof Raised>): { type: string; message: string } {
  const message = [said].flat().map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
  return { type: type.slice(0, 200), message: message.join(', ').slice(0, longestMessage) }
}

function reply({ content, properties }: Message, what: string): Reply {
  if (properties.contentType !== 'application/json')
    throw new ConnectorAnswerInvalid(`${what}: the worker's word is no JSON; set result_serializer to 'json'`)
  if (content.length > longestReply)
    throw new ConnectorAnswerInvalid(`${what}: the result has more than ${longestReply} bytes`)
  const { data, error } = Reply.safeParse(parsed(content))
  if (data === undefined) throw new ConnectorAnswerInvalid(`${what}: this is no word of a worker`, { cause: error })
  return data
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}
