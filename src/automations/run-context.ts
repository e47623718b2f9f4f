import type { CallOptions } from '../connectors/effect.ts'
import type { Connectors } from './register.ts'
import type { Tickets } from './tickets.ts'

/** What every run can do besides calling its connectors. */
export interface RunTools<Data> {
  /** The event's data. */
  event: Data
  tickets: Tickets
  /**
   * Runs anything else once and records its result, which is JSON. A step that throws is tried again with growing
   * waits, then waits for a person. It lasts 45 s at most: long work is a step that starts it and steps that ask.
   */
  step<T>(name: string, action: (call: CallOptions) => Promise<T> | T): Promise<T>
  /** Waits, also over restarts. `setTimeout` would be forgotten by one. */
  sleep(ms: number): Promise<void>
  /** The time in milliseconds since 1970, the same when the run is replayed. `Date.now()` would be another one then. */
  now(): Promise<number>
  /** Between 0 and 1, the same when the run is replayed. */
  random(): number
  /** A UUID, the same when the run is replayed. */
  uuid(): string
}

/** What an automation's `run` gets: the event, the tickets, the tools of a run, and every connector by its name. */
export type RunContext<Data> = RunTools<Data> & Connectors
