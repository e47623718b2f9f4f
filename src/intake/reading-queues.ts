import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Problem } from '../endpoints/problem.ts'
import { faultFields } from './fault-fields.ts'
import { type Intake, type IntakeOptions, intake } from './intake.ts'
import type { QueueDefinition, QueueMessage, TakeMessage } from './queue.ts'
import { payloadReader, type ReadPayload } from './read-payload.ts'
import type { SourceDefinition } from './source.ts'

/** There is no spool: a message is on disk where it is, and webhooks need the room. */
export interface ReadingQueuesOptions extends Omit<IntakeOptions, 'spool'> {
  sources: readonly SourceDefinition[]
  /** The first wait after a fault, in milliseconds; each further one is twice as long, up to a minute. Default 1,000. */
  firstWaitMs?: number
}

export interface ReadingQueues {
  /** Reads the queue of every source that has one. */
  start(): void
  /** Ends within a second, in which the messages under way have half of it to be taken in. */
  close(): Promise<void>
}

const longestWaitMs = 60_000

/**
 * Reads queues, and takes each message in as a delivery. It is acknowledged when each of its events would survive a
 * crash, and comes again where that did not happen. What can't be taken in at present (503) is tried again with growing
 * waits and holds up the messages behind it; what can't be taken in at all is refused. A connection that breaks is
 * logged and opened again, with growing waits.
 */
export function readingQueues({
  sources,
  firstWaitMs = 1000,
  deliveries,
  ...options
}: ReadingQueuesOptions): ReadingQueues {
  const closing = new AbortController()
  const { signal } = closing
  const { log } = options
  const taken = intake({
    ...options,
    // What could not be committed is in its queue as it was: kept for each try, it would push out what nobody else has.
    deliveries: { record: (each) => (each.check === 'engine' ? undefined : deliveries.record(each)) },
  })
  let running: Promise<unknown> = Promise.resolve()

  async function readOnAndOn(source: SourceDefinition, definition: QueueDefinition): Promise<void> {
    const queue = definition.connect()
    const take = taking(source, { intake: taken, firstWaitMs, closing: signal })
    let waitMs = firstWaitMs
    while (!signal.aborted) {
      const begun = performance.now()
      try {
        log.info({ source: source.name, queue: definition.where }, 'reading a queue')
        await queue.read(take, { signal })
      } catch (error) {
        if (signal.aborted) return
        if (performance.now() - begun > longestWaitMs) waitMs = firstWaitMs
        log.error(
          { source: source.name, queue: definition.where, waitMs, ...faultFields(error) },
          'a queue could not be read',
        )
        await rest(waitMs, signal)
        waitMs = longer(waitMs)
      }
    }
  }

  return {
    start() {
      running = Promise.all(
        sources.map((source) =>
          source.authentication.kind === 'queue' ? readOnAndOn(source, source.authentication) : undefined,
        ),
      )
    },
    async close() {
      closing.abort()
      await running
    },
  }
}

interface Taking {
  intake: Intake
  firstWaitMs: number
  closing: AbortSignal
}

function taking(source: SourceDefinition, { intake, firstWaitMs, closing }: Taking): TakeMessage {
  const read = payloadReader(source)
  return async (message, call) => {
    const signal = AbortSignal.any([call.signal, closing])
    if (message.body.length > source.maxBytes) {
      await refuseSize(source, message, intake)
      return 'refused'
    }
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = longer(waitMs)) {
      const outcome = await takeOnce(source, message, { intake, read })
      if (outcome !== 'left') return outcome
      await rest(waitMs, signal)
    }
    return 'left'
  }
}

async function takeOnce(
  source: SourceDefinition,
  { headers, body }: QueueMessage,
  { intake, read }: { intake: Intake; read: ReadPayload },
): ReturnType<TakeMessage> {
  try {
    await intake.receive({ id: randomUUID(), source, read, headers, body })
    return 'taken'
  } catch (error) {
    // Only where it could be neither committed nor kept does another try help.
    return error instanceof Problem && error.status === 503 ? 'left' : 'refused'
  }
}

function refuseSize({ name, maxBytes }: SourceDefinition, { body }: QueueMessage, intake: Intake): Promise<void> {
  const reason = `It has ${body.length.toLocaleString('en')} bytes, and at most ${maxBytes.toLocaleString('en')} are taken.`
  return intake.refuse({ id: randomUUID(), source: name, check: 'size', reason })
}

function longer(waitMs: number): number {
  return Math.min(longestWaitMs, waitMs * 2)
}

async function rest(waitMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
}
