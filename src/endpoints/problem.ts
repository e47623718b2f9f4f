import { STATUS_CODES } from 'node:http'
import { AdderError } from '../errors/adder-error.ts'

/** One thing that is wrong with a request: where, what was expected, and what kind of thing came instead. */
export interface FieldFault {
  in: 'params' | 'query' | 'headers' | 'body'
  /** `limit`, `user.emails[2]`; empty for the whole part. */
  field: string
  /** `an integer of at least 1`. */
  expected: string
  /** The kind of what came, never the value: `a string`, `nothing`. */
  got: string
}

export interface ProblemOptions {
  /** The HTTP status of the answer, 400 to 599. */
  status: number
  /** Stable; what programs decide by: `users.unknown`. */
  code: string
  /** A sentence for the caller. Secrets that Adder knows are masked in it. */
  detail: string
  /** The kind of problem in a few words; the status's own words by default. */
  title?: string
  /** Sent with the answer: `{ 'retry-after': '5' }`. */
  headers?: Readonly<Record<string, string>>
  errors?: readonly FieldFault[]
  /** Further members of the document (RFC 9457 §3.2). */
  members?: Readonly<Record<string, unknown>>
  cause?: unknown
}

/**
 * An answer that is not what was asked for. Thrown by an endpoint, a plugin or an auth, it ends the request and is
 * sent as a problem document (RFC 9457) with exactly these words; `cause` is never sent.
 */
export class Problem extends AdderError {
  readonly status: number
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly errors: readonly FieldFault[] | undefined
  readonly members: Readonly<Record<string, unknown>>

  constructor({ status, code, detail, title, headers = {}, errors, members = {}, cause }: ProblemOptions) {
    super(detail, {
      code,
      fault: status < 500 ? 'caller' : 'adder',
      next: status === 429 || status === 503 ? 'later' : 'never',
      cause,
    })
    this.status = status
    this.title = title ?? STATUS_CODES[status] ?? 'Problem'
    this.headers = headers
    this.errors = errors
    this.members = members
  }
}
