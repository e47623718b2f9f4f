import { type Duration, durationMs } from '../connectors/duration.ts'
import type { Outcome } from '../connectors/outcome.ts'
import type { ObservableKind } from '../observables/observables.ts'
import type { Connectors } from './register.ts'
import type { Text } from './tickets.ts'

/** A question about one kind of observable, answered by a look-up, told as a comment. */
export interface Enrichment {
  readonly type: 'enrichment'
  readonly name: string
  /** Who is asked, as people write it: `VirusTotal`. */
  readonly title: string
  readonly of: readonly ObservableKind[]
  readonly freshFor?: Duration
  readonly ask: (value: string, connectors: Connectors) => Promise<Outcome<unknown>>
  readonly tell: (answer: unknown, value: string) => Text
  readonly byHand?: (value: string) => string
}

export interface EnrichmentOptions<T> {
  name: string
  /** Who is asked, as people write it: `VirusTotal`. */
  title: string
  /** The kinds of observables that it is about. */
  of: readonly ObservableKind[]
  /**
   * How old an answer may be that somebody else was given: `6h`; `0s` asks anew each time. Default: what the connector
   * says. That there was nothing holds for an hour at most.
   */
  freshFor?: Duration
  /** Asks. A look-up of a connector never rejects: what could not be asked is an outcome too. */
  ask(value: string, connectors: Connectors): Promise<Outcome<T>>
  /** What the comment says of an answer. The other outcomes have their own sentences. */
  tell(answer: T, value: string): Text
  /** Where a person can look it up; shown when it could not be asked. */
  byHand?(value: string): string
}

/** Throws a `ConfigError` where `freshFor` is no duration. */
export function enrichment<T>(options: EnrichmentOptions<T>): Enrichment {
  const { tell, ...rest } = options
  if (rest.freshFor !== undefined) durationMs(rest.freshFor)
  return {
    type: 'enrichment',
    ...rest,
    tell: (answer, value) => tell(answer as T, value), // what `ask` of the same enrichment answered
  }
}
