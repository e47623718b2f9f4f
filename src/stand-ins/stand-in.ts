/** A local, stateful fake of an outside system, on a real socket, that the demo, the dev server and the tests share. */
export interface StandIn {
  /** Where it listens: `http://127.0.0.1:41233`. */
  url: string
  /** Makes it misbehave from now on; an empty object makes it well again. */
  misbehave(how: Misbehaviour): void
  close(): Promise<void>
}

/** How a stand-in misbehaves on demand. Several can hold at once. */
export interface Misbehaviour {
  /** Refuses connections: the listening socket is closed until it is well again, on the same port. */
  down?: boolean
  /** Waits this many milliseconds before each answer. */
  slowMs?: number
  /** Answers this share of the requests with 429, between 0 and 1. */
  rateLimited?: number
  /** The `Retry-After` of those, in seconds; left out where undefined. */
  retryAfterSeconds?: number
  /** Answers this share of the requests with 500. */
  broken?: number
  /** Does what this share of the writes ask, and cuts the connection instead of answering. */
  lostAnswers?: number
}
