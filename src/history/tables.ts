import type { DeliveryState, EffectState, EventState, RunState } from './records.ts'

/*
 * The history's tables. Times are milliseconds since 1970; texts that are lists or objects are JSON. Nothing in here is
 * a payload: what a delivery said is in its file where it was kept, and with the engine where it was accepted.
 */
export interface Tables {
  deliveries: {
    id: string
    source: string
    sender_id: string | null
    received_at: number
    state: DeliveryState
    failed_check: string | null
    reason: string | null
    ms: number | null
    event_count: number
    /** The kind of its first event. */
    kind: string | null
    /** The kept delivery that was taken in again by this one. */
    redelivers: string | null
    /** 1 where it was filled in from the engine, which knows less of it. */
    is_filled_in: number
    /** 1 where a sweep has brought it in. */
    is_swept: number
  }
  delivery_events: {
    delivery_id: string
    position: number
    event_id: string
    kind: string
    state: EventState
  }
  events: {
    id: string
    kind: string
    source: string
    happened_at: number
    recorded_at: number
    delivery_id: string | null
    ticket_id: string | null
    ticket_key: string | null
    ticket_url: string | null
    /** The marker of the effect that opened the ticket. */
    opened_by: string | null
    /** JSON of `Verdict[]`. */
    verdicts: string
  }
  /** Which suppressions held automations off for an event, as they were then. */
  suppressed_events: {
    event_id: string
    suppression: string
    reason: string
    owner: string
    until: string
    at: number
  }
  observables: {
    event_id: string
    kind: string
    /** Normalised. */
    value: string
    /** As it stood. */
    written: string
    recorded_at: number
  }
  runs: {
    id: string
    automation: string
    event_id: string
    generation: number
    state: RunState
    started_at: number
    /** When something last happened in it. */
    changed_at: number
    ended_at: number | null
    /** Why it failed. */
    code: string | null
    reason: string | null
    /** The last attempt of a step that came to nothing. */
    trouble_step: string | null
    trouble_code: string | null
    trouble_reason: string | null
    trouble_at: number | null
  }
  effects: {
    run_id: string
    marker: string
    name: string
    once: string | null
    state: EffectState
    attempts: number
    first_at: number
    changed_at: number
    code: string | null
    reason: string | null
    made_id: string | null
    made_key: string | null
    made_url: string | null
    /** The page of what it changes. */
    about_key: string | null
    about_url: string | null
  }
  waits: {
    id: string
    run_id: string
    step: string
    code: string
    reason: string
    began_at: number
    ended_at: number | null
  }
  actions: {
    id: string
    at: number
    caller: string
    action: ActionKind
    run_id: string | null
    delivery_id: string | null
  }
  /** What has ended and is still to be sent to where records go; what was sent is taken out. */
  unsent_records: {
    kind: 'run' | 'delivery'
    /** The run's or the delivery's. */
    id: string
    /** When the run ended or the delivery came. */
    at: number
  }
  /** Which of the Adders that write here sends, and how that goes; one row. */
  record_sending: {
    name: 'records'
    /** Empty where none does. */
    holder: string
    /** Until when nobody else may. */
    held_until: number
    /** When records were last taken. */
    sent_at: number | null
    /** Why they are not taken now. */
    code: string | null
    reason: string | null
    failing_since: number | null
  }
  /** The Adders that write here; one that ends in order takes itself out. */
  writers: {
    id: string
    /** Everything that it was told until then is written. */
    written_until: number
  }
}

/** What people did. */
export type ActionKind = 'retry' | 'cancel' | 'rerun' | 'redeliver'
