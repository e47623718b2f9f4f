import type { EngineEvent } from './engine-event.ts'
import type { Suppressing } from './observation.ts'

export const eventsService = 'adder.events'
export const runsService = 'adder.runs'

/** What the engine keeps of an event. */
export interface EventInput<Event extends EngineEvent> {
  event: Event
  /** The automations that it matched when it arrived; recorded by the run itself where a run has told of the event. */
  automations?: readonly string[]
  /** What held others off then. */
  suppressedBy?: readonly Suppressing[]
}

/** A run as the engine is asked for it. */
export interface RunRequest<Event extends EngineEvent> {
  automation: string
  event: Event
  generation: number
  /** The invocation that it takes the place of, because the code has changed under that. */
  supersedes?: string
}
