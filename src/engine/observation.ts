import type { About, Once } from '../connectors/effect.ts'

/**
 * Something that happened in a run, once, as it happened; replays are not reported, but for `run started`, which every
 * attempt of the run begins with.
 */
export type Observation = {
  automation?: string
  event?: string
  run?: string
  /** The run's, 0 where it is the first; of `run superseded` the one that takes its place. */
  generation?: number
} & (
  | { kind: 'run started' }
  | { kind: 'run finished'; ms: number }
  | { kind: 'run failed'; code: string; reason: string; stack?: string | undefined }
  | { kind: 'run cancelled' }
  | { kind: 'run superseded'; generation: number }
  /** An attempt at an effect begins. Told again by each, also by one that was cut off. */
  | { kind: 'intended'; step: string; marker: string; once: Once; about?: About }
  | {
      kind: 'step'
      step: string
      result: 'done' | 'again' | 'refused' | 'unsure'
      code?: string
      reason?: string
      ms: number
      /** Set for effects that are there: whether this attempt made it, found what an earlier one had made, or joined another run's. */
      effect?: 'made' | 'found' | 'joined'
      /** Set for effects. */
      marker?: string
      /** Set for effects: how it is made once. */
      once?: Once
      /** Set for effects that were made or found, where the outside system names what they made. */
      made?: Made
      /** Set for effects, where it has a page. */
      about?: About
    }
  | { kind: 'waiting'; step: string; code: string; reason: string; wait: string }
  /** `subject`: what is paused, and so holds the step back: `connector virustotal`. */
  | { kind: 'paused'; step: string; subject: string; wait: string }
  | { kind: 'resumed'; step: string; wait: string }
  /** Of an event and not of a run. */
  | { kind: 'suppressed'; by: readonly Suppressing[] }
)

/** A rule that keeps an event from starting automations. */
export interface Suppressing {
  name: string
  reason: string
  owner: string
  /** ISO 8601. */
  until: string
  /** Which automations it holds off; missing where all. */
  automations?: readonly string[]
}

/** What an effect made, in the outside system's own names. */
export interface Made {
  id?: string
  /** What people call it: `SEC-1`. */
  key?: string
  /** Its page. */
  url?: string
}

export type Observe = (observation: Observation) => void
