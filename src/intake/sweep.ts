import type { CallOptions } from '../connectors/effect.ts'
import type { Secret } from '../secrets/secret.ts'

/** How a sender is asked for what its webhooks should have brought. */
export interface SweepDefinition<Payload = unknown> {
  /** The secrets that it needs, so that a missing one is told before anything starts. */
  secrets: readonly Secret[]
  /** The rest between two sweeps, in milliseconds. */
  everyMs: number
  connect(): Sweep<Payload>
}

/** The time that one more request has. */
export type NextCall = () => CallOptions

/** A sender that can be asked. What it throws is a connector's error. */
export interface Sweep<Payload = unknown> {
  /** The time by the sender's clock, which the times of what it lists are compared with. */
  now(call: NextCall): Promise<Date>
  /** What happened then or later, by the sender's times, in any order; earlier things and repeats do no harm. */
  list(since: Date, call: NextCall): Promise<readonly Listed<Payload>[]>
  /**
   * Asks whether the sender has what a sweep needs.
   *
   * @returns what would keep things from being brought in, each in a sentence that says what to do.
   */
  probe(call: NextCall): Promise<readonly string[]>
}

/** Something that a webhook has told of, or should have. */
export interface Listed<Payload = unknown> {
  /** The sender's name for it, which nothing else ever has: a search job, an issue. */
  id: string
  at: Date
  /**
   * What webhooks would have said of it, in parts; each part becomes a delivery.
   *
   * @throws ListedIsGone.
   */
  read(call: NextCall): AsyncIterable<readonly Payload[]>
}
