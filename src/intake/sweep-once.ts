import { randomUUID } from 'node:crypto'
import { AdderError } from '../errors/adder-error.ts'
import { type RedactionRule, redact } from '../secrets/redact.ts'
import type { Deliveries, DeliveryRecord } from './delivery.ts'
import { identifiedEvents } from './identified-events.ts'
import type { IntakeLog } from './intake-log.ts'
import type { SourceDefinition } from './source.ts'
import type { Listed, NextCall, Sweep } from './sweep.ts'
import { ListedIsGone } from './sweep-errors.ts'
import type { SweepMark } from './sweep-marks.ts'
import { type TakeInOptions, takeIn } from './take-in.ts'

export interface SweepOnceOptions extends TakeInOptions {
  source: SourceDefinition
  sweep: Sweep
  redactions: readonly RedactionRule[]
  deliveries: Deliveries
  log: IntakeLog
  /** Aborted when there is no time left. */
  closing: AbortSignal
}

export interface Swept {
  /** How far it has come: what could not be taken in is asked for again from here. */
  mark: SweepMark
  /** How much was looked at, besides what was done before. */
  listed: number
  /** Deliveries that had something new. */
  broughtIn: number
  /** Why something could not be taken in. */
  failures: readonly unknown[]
}

/** For how long something may be listed later than its own time says, in milliseconds. */
const overlapMs = 60 * 60 * 1000
const callTimeoutMs = 60_000
const dayMs = 24 * 60 * 60 * 1000

/**
 * Asks a sender once for what has happened since the mark, and takes in what is new, the oldest first. What can't be
 * taken in is left for the next time, and so is all that comes after it where the sender or the engine is away; what
 * the sender has not any more is kept without its content.
 *
 * @throws what the sender's list throws.
 */
export async function sweepOnce(before: SweepMark, options: SweepOnceOptions): Promise<Swept> {
  const { sweep, retentionDays = 30, closing } = options
  const remembered = Date.now() - (retentionDays - 1) * dayMs
  const since = Math.max(Date.parse(before.since), remembered)
  const listed = oldestFirst(await sweep.list(new Date(since), callsUntil(closing)), since)
  const done = new Set(before.done)
  const wanted = listed.filter(({ id }) => !done.has(id))
  const failures: unknown[] = []
  let broughtIn = 0
  for (const each of wanted) {
    try {
      broughtIn += await bringIn(each, options)
      done.add(each.id)
    } catch (error) {
      failures.push(error)
      if (!isOfOneOnly(error) || closing.aborted) break
    }
  }
  return { mark: markAfter(listed, { since, done }), listed: wanted.length, broughtIn, failures }
}

function oldestFirst(listed: readonly Listed[], since: number): Listed[] {
  const each = new Map(listed.filter(({ at }) => at.getTime() >= since).map((one) => [one.id, one]))
  return [...each.values()].sort((a, b) => a.at.getTime() - b.at.getTime())
}

/** Whether the next one may fare better. */
function isOfOneOnly(error: unknown): boolean {
  return error instanceof AdderError && error.next === 'never'
}

/** Up to the first that is not done, and an hour less. */
function markAfter(
  listed: readonly Listed[],
  { since, done }: { since: number; done: ReadonlySet<string> },
): SweepMark {
  const open = listed.find(({ id }) => !done.has(id)) ?? listed.at(-1)
  const until = Math.max(since, (open?.at.getTime() ?? since) - overlapMs)
  return {
    since: new Date(until).toISOString(),
    done: listed.filter(({ id, at }) => at.getTime() >= until && done.has(id)).map(({ id }) => id),
  }
}

async function bringIn(listed: Listed, options: SweepOnceOptions): Promise<number> {
  let broughtIn = 0
  try {
    for await (const payloads of listed.read(callsUntil(options.closing)))
      if (await takePart(listed, { payloads, options })) broughtIn += 1
  } catch (error) {
    if (!(error instanceof ListedIsGone)) throw error
    await keep(listed, { error, options })
  }
  return broughtIn
}

/** @returns whether anything in it was new. */
async function takePart(
  { id: senderId }: Listed,
  { payloads, options }: { payloads: readonly unknown[]; options: SweepOnceOptions },
): Promise<boolean> {
  const begun = performance.now()
  const { source, redactions } = options
  const delivery = newDelivery(source, senderId)
  const found = payloads.flatMap((payload) => identifiedEvents({ source, payload, headers: {}, redactions }))
  const events = [...new Map(found.map((event) => [event.id, { ...event, delivery: delivery.id }])).values()]
  const taken = await takeIn({ delivery, events }, options)
  // Its webhook has come, or an earlier sweep has brought it.
  if (taken.state === 'duplicate' || events.length === 0) return false
  await record({ ...delivery, ...taken, ms: Math.round(performance.now() - begun) }, options)
  return true
}

async function keep(
  { id: senderId }: Listed,
  { error, options }: { error: ListedIsGone; options: SweepOnceOptions },
): Promise<void> {
  const { source, redactions } = options
  const content = { headers: {}, body: redact(error.known, redactions) }
  const kept = { state: 'kept', check: 'gone', reason: error.message, events: [], ms: 0, content } as const
  await record({ ...newDelivery(source, senderId), ...kept }, options)
}

function newDelivery({ name }: SourceDefinition, senderId: string) {
  return {
    id: randomUUID(),
    source: name,
    senderId: senderId.slice(0, 200),
    receivedAt: new Date().toISOString(),
    isSwept: true,
  }
}

async function record(delivery: DeliveryRecord, { deliveries, log }: SweepOnceOptions): Promise<void> {
  const { id, source, state, check, reason, events, ms } = delivery
  const fields = { delivery: id, source, isSwept: true, state, events: events.length, check, reason, ms }
  if (check === undefined) log.info(fields, 'delivery')
  else log.warn(fields, 'delivery')
  await deliveries.record(delivery)
}

/** Each request has its own time, and all of them end with Adder. */
export function callsUntil(closing: AbortSignal): NextCall {
  return () => ({ signal: AbortSignal.any([closing, AbortSignal.timeout(callTimeoutMs)]) })
}
