import type { Answer } from './outcome.ts'

/**
 * How an effect is made once:
 * - `by key`: the outside system deduplicates by the marker that is sent along;
 * - `by marker`: the marker is stored with the thing, and is looked for before the thing is made again;
 * - `by state`: the present state is read, and a thing that is already so is not made again;
 * - `at least once`: nothing can tell, so a crash at the wrong moment makes it twice.
 */
export type Once = 'by key' | 'by marker' | 'by state' | 'at least once'

export interface CallOptions {
  /** Aborted when the call has used up its time. */
  signal: AbortSignal
}

export interface EffectCall extends CallOptions {
  /** The effect's identity as the outside system keeps it: `adder-` and 24 hexadecimal digits. */
  marker: string
  /** When this effect was first intended, ISO 8601. An earlier change to the same thing was not made by it. */
  intendedAt: string
}

/** What an effect is about, where people look at it. */
export interface About {
  /** What people call it: `SEC-1`. */
  key: string
  /** Its page. */
  url: string
}

/** A step that changes the outside world. Declared by a connector; made once by the engine. */
export interface Effect<Input, Result> {
  once: Once
  /**
   * How an effect that may have happened is found again:
   * - `cheap`: one consistent read tells;
   * - `lagging`: a search that may not yet show what was made a moment ago, so it is repeated for a while before the
   *   answer "not there" is believed.
   */
  finding?: 'cheap' | 'lagging'
  /** How long the outside system may take, in milliseconds; at most 50,000. Default 20,000. */
  timeoutMs?: number
  /** Changes the outside world. Throws a connector error where it fails. */
  make(input: Input, call: EffectCall): Promise<Result>
  /** What an earlier `make` with the same marker made (`found`), or that there was none (`not_found`). */
  find?(input: Input, call: EffectCall): Promise<Answer<Result>>
  /** Where a person sees what it changes; told before it is made, too, so that whoever wonders can look. */
  about?(input: Input): About
}
