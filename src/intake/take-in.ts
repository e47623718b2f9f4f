import { Problem } from '../endpoints/problem.ts'
import { problemTypes } from '../endpoints/problem-types.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import { type Commit, commitEvents } from './commit-events.ts'
import type { DeliveredEvent, DeliveryRecord, DeliveryState } from './delivery.ts'
import type { Spool, SpooledDelivery } from './spool.ts'

export interface TakeInOptions {
  commit: Commit
  /** Left out: nothing is spooled. */
  spool?: Pick<Spool, 'isInUse' | 'put'>
  /** Default 30. */
  retentionDays?: number
}

type Taken = Pick<DeliveryRecord, 'state' | 'events'>

const dayMs = 24 * 60 * 60 * 1000

/**
 * Commits the events of a delivery; spools it whole while the engine is away, or while others wait that came before it.
 * Events are stale by the time at which the delivery came, however long it was spooled.
 *
 * @throws Problem (503) where neither can be done.
 */
export async function takeIn(arrived: SpooledDelivery, { spool, ...options }: TakeInOptions): Promise<Taken> {
  if (spool?.isInUse) return await spooled(arrived, { ...options, spool })
  const { events, failures } = await committed(arrived, options)
  if (failures.length === 0) return { state: stateOf(events), events }
  if (spool === undefined || !failures.every(isAway)) throw notCommitted(failures)
  return await spooled(arrived, { ...options, spool })
}

/** Commits all events of a delivery that was spooled. Throws `EngineUnavailable` where nothing worse was in the way. */
export async function commitWhole(arrived: SpooledDelivery, options: Omit<TakeInOptions, 'spool'>): Promise<Taken> {
  const { events, failures } = await committed(arrived, options)
  const serious = failures.find((failure) => !isAway(failure))
  if (failures.length > 0) throw serious ?? failures[0]
  return { state: stateOf(events), events }
}

function committed({ delivery, events }: SpooledDelivery, { commit, retentionDays }: TakeInOptions) {
  return commitEvents(events, { commit, staleBefore: staleBefore(delivery, retentionDays) })
}

async function spooled(
  arrived: SpooledDelivery,
  { spool, retentionDays }: TakeInOptions & Required<Pick<TakeInOptions, 'spool'>>,
): Promise<Taken> {
  const before = staleBefore(arrived.delivery, retentionDays)
  const events = arrived.events.map(({ kind, id, at }): DeliveredEvent => {
    return { kind, id, state: Date.parse(at) < before.getTime() ? 'stale' : 'spooled' }
  })
  if (!events.some(({ state }) => state === 'spooled')) return { state: stateOf(events), events }
  try {
    await spool.put(arrived)
  } catch (error) {
    throw notCommitted([error])
  }
  return { state: 'spooled', events }
}

function staleBefore({ receivedAt }: SpooledDelivery['delivery'], retentionDays = 30): Date {
  return new Date(Date.parse(receivedAt) - (retentionDays - 1) * dayMs)
}

function isAway(failure: unknown): boolean {
  return failure instanceof EngineUnavailable
}

function stateOf(events: readonly DeliveredEvent[]): DeliveryState {
  const states = new Set(events.map(({ state }) => state))
  if (states.size === 0 || states.has('accepted')) return 'accepted'
  if (states.has('suppressed')) return 'suppressed'
  return states.has('duplicate') ? 'duplicate' : 'stale'
}

function notCommitted([cause, ...others]: readonly unknown[]): Problem {
  const count = others.length + 1
  return new Problem({
    status: 503,
    code: 'intake.not_committed',
    title: problemTypes['endpoint.unavailable'].title,
    detail: `${count === 1 ? 'An event' : `${count} events`} could not be committed. Send the delivery again.`,
    headers: { 'retry-after': '5' },
    cause,
  })
}
