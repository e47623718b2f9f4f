/** The outside system was asked and knows the thing. */
export interface Found<T> {
  kind: 'found'
  value: T
  /** When it was asked, ISO 8601, where that was more than a minute ago and for somebody else. */
  askedAt?: string
}

/** The outside system was asked and does not know the thing. */
export interface NotFound {
  kind: 'not_found'
  /** As of `Found`. */
  askedAt?: string
}

/** The outside system could not be asked: its quota is used up. Never an answer about the thing. */
export interface RateLimited {
  kind: 'rate_limited'
  /** When it can be asked again, ISO 8601, where known. */
  until?: string
}

/** The outside system could not be asked, for another reason. Never an answer about the thing. */
export interface Failed {
  kind: 'failed'
  /** The code of the error of the last attempt, such as `connector.unavailable`. */
  code: string
  /** Why, in a sentence that holds no secret. */
  reason: string
}

/** What a look-up itself returns; everything else it throws as a connector error. */
export type Answer<T> = Found<T> | NotFound

/** What a look-up says in the end. It never says "clean" where it was not asked. */
export type Outcome<T> = Answer<T> | RateLimited | Failed

export function found<T>(value: T): Found<T> {
  return { kind: 'found', value }
}

export function notFound(): NotFound {
  return { kind: 'not_found' }
}
