import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../endpoints/problem.ts'
import { problemTypes } from '../endpoints/problem-types.ts'
import { type RedactionRule, redact, redactText } from '../secrets/redact.ts'
import type { Capture } from './capture.ts'
import type { Commit } from './commit-events.ts'
import type { DeliveredEvent, Deliveries, DeliveryCheck, DeliveryContent, DeliveryRecord } from './delivery.ts'
import { identifiedEvents } from './identified-events.ts'
import type { IntakeLog } from './intake-log.ts'
import type { Reading, ReadPayload } from './read-payload.ts'
import { shownHeaders } from './shown-headers.ts'
import type { SourceDefinition } from './source.ts'
import type { Spool } from './spool.ts'
import { takeIn } from './take-in.ts'

export interface IntakeOptions {
  commit: Commit
  /** Where deliveries wait while the engine is away. Left out: they are kept, and to be sent again. */
  spool?: Pick<Spool, 'isInUse' | 'put'>
  /** What is masked before anything is stored. */
  redactions: readonly RedactionRule[]
  /** For how long the engine remembers events. An event older than this less a day is stale. Default 30. */
  retentionDays?: number
  deliveries: Deliveries
  /** Left out: deliveries are not captured. */
  capture?: Capture
  /** Default: the system's clock. */
  now?: () => Date
  log: IntakeLog
}

/** A delivery that has arrived whole and is authentic. */
export interface Arrival {
  /** A UUID. */
  id: string
  source: SourceDefinition
  read: ReadPayload
  headers: IncomingHttpHeaders
  body: Buffer
  /** The kept delivery that this is the content of. */
  redelivers?: string
}

/** The answer to a delivery that was taken in. */
export interface Receipt {
  /** Adder's name for the delivery; the log and the record have the same. */
  delivery: string
  events: DeliveredEvent[]
}

export interface Intake {
  /**
   * Resolves when each event of the delivery would survive a crash. What can't be read is kept and throws a 4xx
   * `Problem`; what can't be committed is kept and throws a 503 one, after which the delivery may be sent again: the
   * events that are in are duplicates then. What can be neither read nor kept throws a 503 one too. Holds no state
   * between deliveries.
   */
  receive(arrival: Arrival): Promise<Receipt>
  /** Records a delivery that is not authentic. */
  refuse(delivery: { id: string; source: string; check: DeliveryCheck; reason: string }): Promise<void>
}

/** What becomes of a delivery; `thrown` ends the request. */
interface Decision extends Pick<DeliveryRecord, 'state' | 'check' | 'reason' | 'senderId' | 'events'> {
  thrown?: unknown
}

const maxSenderIdLength = 200

/** Takes deliveries in: reads, identifies, redacts, commits and records them, in this order. */
export function intake(options: IntakeOptions): Intake {
  const { redactions, deliveries, capture, now = () => new Date(), log } = options

  async function decide(
    { id, source, headers }: Arrival,
    { reading, receivedAt }: { reading: Reading; receivedAt: string },
  ): Promise<Decision> {
    if (reading.kind === 'unreadable') return kept(reading.check, reading.problem)
    const draft = drafted({ id, source, headers, payload: reading.payload })
    if ('thrown' in draft) return draft

    const delivery = { id, source: source.name, receivedAt, ...draft.sender }
    try {
      return { ...draft.sender, ...(await takeIn({ delivery, events: draft.events }, options)) }
    } catch (error) {
      return { ...draft.sender, ...kept('engine', error) }
    }
  }

  function drafted({
    id,
    source,
    headers,
    payload,
  }: Pick<Arrival, 'id' | 'source' | 'headers'> & { payload: unknown }) {
    try {
      const senderId = source.deliveryId(headers, payload)?.slice(0, maxSenderIdLength)
      const sender = senderId === undefined ? {} : { senderId }
      const events = identifiedEvents({ source, payload, headers, redactions })
      return { sender, events: events.map((event) => ({ ...event, delivery: id })) }
    } catch (error) {
      return kept('events', error)
    }
  }

  function contentOf({ headers, source: { authentication } }: Arrival, { said }: Reading): DeliveryContent {
    const body = typeof said === 'string' ? redactText(said, redactions) : redact(said, redactions)
    return { headers: shownHeaders(headers, authentication), body }
  }

  /**
   * @param reason why it was kept: names fields, never values.
   * @returns whether it is recorded.
   */
  async function record(delivery: DeliveryRecord, reason?: string): Promise<boolean> {
    const { id, source, state, check, events, ms } = delivery
    const [first] = events
    const fields = {
      delivery: id,
      source,
      state,
      events: events.length,
      // Nearly all have one; its runs are logged under the same `event`.
      ...(events.length === 1 && first !== undefined ? { kind: first.kind, event: first.id } : {}),
      ...(check === undefined ? {} : { check }),
      ...(reason === undefined ? {} : { reason }),
      ms,
    }
    if (check === undefined) log.info(fields, 'delivery')
    else log.warn(fields, 'delivery')
    try {
      await deliveries.record(delivery)
      return true
    } catch (error) {
      log.error({ delivery: id, source, error: String(error) }, 'a delivery could not be recorded')
      return false
    }
  }

  return {
    async receive(arrival) {
      const begun = performance.now()
      const about = {
        id: arrival.id,
        source: arrival.source.name,
        receivedAt: now().toISOString(),
        ...(arrival.redelivers === undefined ? {} : { redelivers: arrival.redelivers }),
      }
      const reading = arrival.read(arrival.headers, arrival.body)
      if (capture !== undefined) await captured(capture({ ...about, ...contentOf(arrival, reading) }), about.id)

      const { thrown, ...decision } = await decide(arrival, { reading, receivedAt: about.receivedAt })
      const content = decision.state === 'kept' ? { content: contentOf(arrival, reading) } : {}
      const reason = thrown instanceof Problem ? thrown.message : undefined
      const isRecorded = await record({ ...about, ...decision, ms: elapsedMs(begun), ...content }, reason)
      if (thrown !== undefined) throw isRecorded || decision.check === 'engine' ? thrown : notKept(thrown)
      // What was taken in is so without its record.
      return { delivery: about.id, events: [...decision.events] }
    },

    async refuse({ id, source, check, reason }) {
      await record({ id, source, receivedAt: now().toISOString(), state: 'refused', check, reason, events: [], ms: 0 })
    },
  }

  async function captured(written: Promise<void>, id: string): Promise<void> {
    try {
      await written
    } catch (error) {
      log.warn({ delivery: id, error: String(error) }, 'a delivery could not be captured')
    }
  }
}

function kept(check: DeliveryCheck, thrown: unknown) {
  return { state: 'kept', check, reason: reasonOf(thrown), events: [], thrown } satisfies Decision
}

/** The sender may have it still, and nobody else has. */
function notKept(cause: unknown): Problem {
  return new Problem({
    status: 503,
    code: 'intake.not_kept',
    title: problemTypes['endpoint.unavailable'].title,
    detail: `${reasonOf(cause)} It could not be kept either. Send it again.`,
    headers: { 'retry-after': '60' },
    cause,
  })
}

/** A problem's sentence is for the sender; what anything else says may hold values of the delivery. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Problem ? thrown.message : 'Adder could not make events of it; the log has the error.'
}

function elapsedMs(since: number): number {
  return Math.round((performance.now() - since) * 10) / 10
}
