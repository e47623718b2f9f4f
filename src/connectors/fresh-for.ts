import { type Duration, durationMs } from './duration.ts'

/** How long the answers of a look-up may be used again, for whoever asks the same. `0s`: never. */
export interface FreshFor {
  /** What was found. */
  found: Duration
  /** That there was nothing, which changes sooner. */
  notFound: Duration
}

/** The same in milliseconds. */
export interface FreshMs {
  found: number
  notFound: number
}

/** How long "not found" holds where only the time for what was found is said, in milliseconds, and at most. */
const notFoundMs = 60 * 60 * 1000

/**
 * How long the answers of a look-up may be used again, in milliseconds.
 *
 * @param declared by its connector.
 * @param found what an enrichment asks for instead; "not found" never holds longer than the connector says, or an hour.
 * @throws ConfigError where one of them is no duration.
 */
export function freshMs(declared: FreshFor | undefined, found?: Duration): FreshMs {
  const own = declared && { found: durationMs(declared.found), notFound: durationMs(declared.notFound) }
  if (found === undefined) return own ?? { found: 0, notFound: 0 }
  const wanted = durationMs(found)
  return { found: wanted, notFound: Math.min(wanted, own?.notFound ?? notFoundMs) }
}
