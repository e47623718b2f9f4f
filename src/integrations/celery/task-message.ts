import type { Options } from 'amqplib'

export interface TaskCall {
  id: string
  /** The name that it is registered by: `hosts.isolate`. */
  task: string
  args: readonly unknown[]
  kwargs: Readonly<Record<string, unknown>>
  /** The queue that its worker sends what becomes of it to. */
  replyTo: string
}

/**
 * A task in Celery's message protocol, version 2, which every Celery since 4.0 reads.
 *
 * https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2 (read in November 2026)
 */
export function taskMessage({ id, task, args, kwargs, replyTo }: TaskCall): {
  body: unknown
  properties: Options.Publish
} {
  const headers = {
    lang: 'py',
    task,
    id,
    root_id: id,
    parent_id: null,
    group: null,
    retries: 0,
    eta: null,
    expires: null,
    timelimit: [null, null],
    ignore_result: false,
    origin: 'adder',
  }
  return {
    body: [args, kwargs, { callbacks: null, errbacks: null, chain: null, chord: null }],
    properties: { contentEncoding: 'utf-8', correlationId: id, replyTo, headers },
  }
}
