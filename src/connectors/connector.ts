import type { Secret } from '../secrets/secret.ts'
import type { CallOptions, Effect } from './effect.ts'
import type { FreshFor } from './fresh-for.ts'
import type { Answer, Outcome } from './outcome.ts'
import type { Quota } from './quota.ts'

/** A step that only reads. Returns what it found or that there is nothing; throws a connector error otherwise. */
export type Lookup<Input, T> = (input: Input, call: CallOptions) => Promise<Answer<T>>

// biome-ignore lint/suspicious/noExplicitAny: the bound of a map of functions with different inputs
export type Lookups = Record<string, Lookup<any, unknown>>
// biome-ignore lint/suspicious/noExplicitAny: the bound of a map of effects with different inputs
export type Effects = Record<string, Effect<any, unknown>>

/** The typed client of one outside system. */
export interface Connector<L extends Lookups = Lookups, E extends Effects = Effects> {
  lookups: L
  effects: E
  /**
   * Whether its look-ups tell somebody outside the organisation what they ask about. What is one's own (`config.own`,
   * private and reserved addresses) is then never asked about. Default: the system is one's own.
   */
  isOutside?: boolean
  /** How often its look-ups may ask, all of them together and for all runs. Default: as often as they like. */
  quota?: Quota
  /** How long the answers of its look-ups may be used again. Default: each look-up asks anew. */
  freshFor?: { readonly [K in keyof L]?: FreshFor }
  /** Asks the outside system for something harmless with the configured credentials. Throws what is wrong. */
  probe(call: CallOptions): Promise<void>
  /** Ends connections. */
  close(): Promise<void>
}

/** What `<integration>.connector(options)` returns: what a connector is, before anything is connected. */
export interface ConnectorDefinition<C extends Connector = Connector> {
  /** The integration: `virustotal`. */
  integration: string
  /** The vendor's documentation that it was built from. */
  docs: string
  /** The outside system's name as people write it: `VirusTotal`. */
  title: string
  /** The secrets that it needs, so that a missing one is told before anything starts. */
  secrets: readonly Secret[]
  connect(): C
}

/** A connector as automations and endpoints see it: look-ups give outcomes and never reject; effects are made once. */
export type Client<C extends Connector> = {
  [K in keyof C['lookups']]: C['lookups'][K] extends Lookup<infer Input, infer T>
    ? (input: Input) => Promise<Outcome<T>>
    : never
} & {
  [K in keyof C['effects']]: C['effects'][K] extends Effect<infer Input, infer Result>
    ? (input: Input, options?: EffectOptions) => Promise<Result>
    : never
}

export interface EffectOptions {
  /**
   * Tells two effects of one kind in one run apart. Needed only where their order may differ from one run of the
   * code to the next; without it they are told apart by their order.
   */
  name?: string
}
