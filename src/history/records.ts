/*
 * What is told to the history. The rooms that tell have these shapes themselves; the history knows none of them.
 */

/** What became of an event of a delivery. */
export type EventState = 'accepted' | 'duplicate' | 'spooled' | 'suppressed' | 'stale'

export type DeliveryState = EventState | 'kept' | 'refused'

export interface RecordedDelivery {
  /** A UUID. */
  id: string
  source: string
  senderId?: string
  /** ISO 8601. */
  receivedAt: string
  state: DeliveryState
  check?: string
  reason?: string
  redelivers?: string
  isSwept?: boolean
  events: readonly { kind: string; id: string; state: EventState }[]
  /** Missing where it was filled in from the engine. */
  ms?: number
}

/** Whether an automation started, and which of its conditions said no. */
export interface Verdict {
  automation: string
  /** The words of the conditions that did not hold; empty where it matched. */
  unmet: readonly string[]
}

export interface RecordedEvent {
  id: string
  kind: string
  source: string
  /** When it happened, ISO 8601. */
  at: string
  delivery?: string
  /** The ticket that it is about. */
  ticket?: { id: string; key: string; url: string }
  /** The marker of the effect that opened the ticket. */
  openedBy?: string
  observables: readonly { kind: string; value: string }[]
  /** Of the automations that listen to this kind of event. */
  verdicts: readonly Verdict[]
}

export type RunState =
  | 'running'
  | 'waiting'
  | 'paused'
  | 'cancelling'
  | 'finished'
  | 'failed'
  | 'cancelled'
  | 'superseded'

/**
 * - `intended`: begun and not ended; the attempts that ended have certainly made nothing;
 * - `unknown`: an attempt got no answer, so whether it is made is not known;
 * - `made`, `found`: it is there, by this run or by an earlier attempt;
 * - `joined`: another run of its group has made it;
 * - `refused`: the outside system said no.
 */
export type EffectState = 'intended' | 'unknown' | 'made' | 'found' | 'joined' | 'refused'

/** Which effect a step is of. */
interface Effect {
  marker: string
  once?: string
  /** The page of what it changes. */
  about?: { key: string; url: string }
}

/** Something that happened in a run. */
export type RunObservation = { automation?: string; event?: string; run?: string; generation?: number } & (
  | { kind: 'run started' | 'run finished' | 'run cancelled' }
  | { kind: 'run failed'; code: string; reason: string }
  /** `generation` is the one that takes its place. */
  | { kind: 'run superseded'; generation: number }
  | ({ kind: 'intended'; step: string } & Effect)
  | ({
      kind: 'step'
      step: string
      result: 'done' | 'again' | 'refused' | 'unsure'
      code?: string
      reason?: string
      effect?: 'made' | 'found' | 'joined'
      made?: { id?: string; key?: string; url?: string }
    } & Partial<Effect>)
  | { kind: 'waiting'; step: string; code: string; reason: string; wait: string }
  | { kind: 'paused'; step: string; subject: string; wait: string }
  | { kind: 'resumed'; step: string; wait: string }
  | { kind: 'suppressed'; by: readonly { name: string; reason: string; owner: string; until: string }[] }
)
