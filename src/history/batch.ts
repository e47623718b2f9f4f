import { cut } from './cut.ts'
import { effectState, type FirstStep, isSearch, newEffect, newRun, type Row } from './new-rows.ts'
import { normaliseValue } from './normalise-value.ts'
import type { RecordedDelivery, RecordedEvent, RunObservation } from './records.ts'

/** Something to be written, and when it became known. */
export type Entry = { at: number } & (
  | { kind: 'delivery'; delivery: RecordedDelivery }
  | { kind: 'event'; event: RecordedEvent }
  | { kind: 'observation'; observation: RunObservation }
)

/** A generation whose code had changed under it. */
export interface Superseded {
  automation: string
  eventId: string
  generation: number
  at: number
}

export interface ResumedWait {
  run: string
  endedAt: number
}

/** The code of waits for the end of a pause; all others are for a person. */
export const pausedCode = 'run.paused'

const maxValueLength = 2048

/**
 * Entries as rows, one for each key: what happens in a run within a moment is one write, and PostgreSQL refuses a
 * statement that touches a row twice. Rows are in the order in which their keys came first.
 */
export class Batch {
  readonly deliveries = new Map<string, Row<'deliveries'>>()
  readonly deliveryEvents = new Map<string, Row<'delivery_events'>>()
  readonly events = new Map<string, Row<'events'>>()
  readonly observables = new Map<string, Row<'observables'>>()
  readonly runs = new Map<string, Row<'runs'>>()
  readonly effects = new Map<string, Row<'effects'>>()
  readonly waits = new Map<string, Row<'waits'>>()
  readonly suppressedEvents = new Map<string, Row<'suppressed_events'>>()
  readonly superseded: Superseded[] = []
  /** Waits for the end of a pause that have ended, by their ids. */
  readonly resumed = new Map<string, ResumedWait>()

  constructor(entries: readonly Entry[] = []) {
    for (const entry of entries) this.add(entry)
  }

  add(entry: Entry): void {
    if (entry.kind === 'delivery') this.#addDelivery(entry.delivery)
    else if (entry.kind === 'event') this.#addEvent(entry.event, entry.at)
    else this.#addObservation(entry.observation, entry.at)
  }

  /** The runs that end in this batch. */
  endedRuns(): { id: string; endedAt: number }[] {
    return [...this.runs.values()].flatMap(({ id, ended_at }) =>
      typeof ended_at === 'number' ? [{ id, endedAt: ended_at }] : [],
    )
  }

  #addDelivery(delivery: RecordedDelivery): void {
    const { id, source, receivedAt, state, events } = delivery
    this.deliveries.set(id, {
      id,
      source,
      sender_id: delivery.senderId ?? null,
      received_at: Date.parse(receivedAt),
      state,
      failed_check: delivery.check ?? null,
      reason: cut(delivery.reason) ?? null,
      ms: delivery.ms ?? null,
      event_count: events.length,
      kind: events[0]?.kind ?? null,
      redelivers: delivery.redelivers ?? null,
      is_filled_in: delivery.ms === undefined ? 1 : 0,
      is_swept: delivery.isSwept === true ? 1 : 0,
    })
    const isFilledIn = delivery.ms === undefined
    for (const [place, event] of events.entries()) {
      // What is filled in is told event by event, in no order; the same again has to be the same row.
      const position = isFilledIn ? Number.parseInt(event.id.slice(0, 6), 16) : place
      this.deliveryEvents.set(`${id} ${position}`, {
        delivery_id: id,
        position,
        event_id: event.id,
        kind: event.kind,
        state: event.state,
      })
    }
  }

  #addEvent({ id, kind, source, at, delivery, ticket, openedBy, observables, verdicts }: RecordedEvent, now: number) {
    if (this.events.has(id)) return
    this.events.set(id, {
      id,
      kind,
      source,
      happened_at: Date.parse(at),
      recorded_at: now,
      delivery_id: delivery ?? null,
      ticket_id: ticket?.id ?? null,
      ticket_key: ticket?.key ?? null,
      ticket_url: ticket?.url ?? null,
      opened_by: openedBy ?? null,
      verdicts: JSON.stringify(verdicts),
    })
    for (const { kind: of, value } of observables) {
      const normalised = normaliseValue(value)
      this.observables.set(JSON.stringify([id, of, normalised]), {
        event_id: id,
        kind: of,
        value: normalised,
        written: value.slice(0, maxValueLength),
        recorded_at: now,
      })
    }
  }

  #addObservation(observation: RunObservation, at: number): void {
    const { automation, event } = observation
    if (observation.kind === 'suppressed' && event !== undefined) {
      for (const { name, reason, owner, until } of observation.by) {
        const row = { event_id: event, suppression: name, reason: cut(reason) ?? '', owner, until, at }
        this.suppressedEvents.set(`${event} ${name}`, row)
      }
      return
    }
    if (automation === undefined || event === undefined) return
    if (observation.kind === 'run superseded') {
      this.superseded.push({ automation, eventId: event, generation: observation.generation - 1, at })
      return
    }
    // A finished look-up changes nothing that is kept; they are the most of what happens.
    if (observation.kind === 'step' && observation.result === 'done' && observation.marker === undefined) return
    const { run: id, generation = 0 } = observation
    if (id === undefined) return
    const known = this.runs.get(id) ?? newRun({ id, automation, event_id: event, generation, started_at: at })
    const run = { ...known, changed_at: at }
    this.runs.set(id, run)
    this.#addToRun(run, observation, at)
  }

  #addToRun(run: Row<'runs'>, observation: RunObservation, at: number): void {
    switch (observation.kind) {
      case 'run finished':
        Object.assign(run, { state: 'finished', ended_at: at })
        break
      case 'run cancelled':
        Object.assign(run, { state: 'cancelled', ended_at: at })
        break
      case 'run failed':
        Object.assign(run, { state: 'failed', ended_at: at, code: observation.code, reason: cut(observation.reason) })
        break
      case 'waiting':
        run.state = 'waiting'
        this.#addWait(run, observation, at)
        break
      case 'paused':
        // A person who is needed matters more.
        if (run.state !== 'waiting') run.state = 'paused'
        this.#addWait(run, { ...observation, code: pausedCode, reason: `${observation.subject} is paused` }, at)
        break
      case 'resumed':
        this.resumed.set(observation.wait, { run: run.id, endedAt: at })
        break
      case 'intended':
        this.#effect(run.id, observation.marker, observation, at)
        break
      case 'step':
        this.#addStep(run, observation, at)
    }
  }

  #addWait(
    run: Row<'runs'>,
    { wait, step, code, reason }: { wait: string; step: string; code: string; reason: string },
    at: number,
  ): void {
    const about = { run_id: run.id, step, code, reason: cut(reason) ?? '' }
    this.waits.set(wait, { id: wait, ...about, began_at: at, ended_at: null })
  }

  #addStep(run: Row<'runs'>, step: Extract<RunObservation, { kind: 'step' }>, at: number): void {
    const reason = cut(step.reason) ?? null
    if (step.result !== 'done') {
      const trouble = { trouble_step: step.step, trouble_code: step.code ?? null }
      Object.assign(run, { ...trouble, trouble_reason: reason, trouble_at: at })
    }
    const { marker } = step
    if (marker === undefined) return
    const effect = this.#effect(run.id, marker, step, at)
    if (!isSearch(step.step)) effect.attempts += 1
    const state = effectState(step)
    const isMadeHere = effect.state === 'made' && state === 'found'
    if (state !== undefined && !isMadeHere) Object.assign(effect, { state, code: step.code ?? null, reason })
    if (step.made !== undefined) {
      const { id = null, key: name = null, url = null } = step.made
      Object.assign(effect, { made_id: id, made_key: name, made_url: url })
    }
  }

  #effect(run_id: string, marker: string, step: FirstStep['step'], at: number): Row<'effects'> {
    const key = `${run_id} ${marker}`
    const effect = this.effects.get(key) ?? newEffect({ run_id, marker, step, at })
    this.effects.set(key, effect)
    effect.changed_at = at
    return effect
  }
}
