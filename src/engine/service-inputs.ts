import type { EngineEvent } from './engine-event.ts'
import type { Suppressing } from './observation.ts'

export const eventsService = 'adder.events'
export const runsService = 'adder.runs'
export const groupsService = 'adder.groups'

/** What the engine keeps of an event. */
export interface EventInput<Event extends EngineEvent> {
  event: Event
  /** The automations that it starts, as decided before it was handed over. Left out: its own run decides, and records it. */
  automations?: readonly string[]
  /** What holds others off. */
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

/** A run's part in a group, as the group's object is asked for it. */
export interface GroupRequest {
  automation: string
  event: EngineEvent
  /** The run that asks, which is told of what happens meanwhile. */
  run: string
  generation: number
  /** How often it has asked before; where that is not 0, what it makes may have been made. */
  question: number
  /** Tells the run's parts in groups apart. */
  discriminator: string
  /** What is made where there is nothing to join. Left out: nothing is made, and the run only asks what there is. */
  input?: unknown
}

export type GroupAnswer =
  /** `number`: which part of the group this is; 1 made what the later ones join. 0: there is nothing, as was asked. */
  | { kind: 'done'; made: unknown; number: number }
  /** Refused for good, in this generation. */
  | { kind: 'refused'; generation: number; code: string; reason: string }
