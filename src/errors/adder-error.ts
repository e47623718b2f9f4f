/** Who has to act: the caller of Adder, whoever wrote its configuration, the outside system, or Adder's authors. */
export type Fault = 'caller' | 'config' | 'vendor' | 'adder'

/** What happens next: never tried again, tried again at a known time, or tried again with growing waits. */
export type Next = 'never' | 'later' | 'back-off'

export interface AdderErrorOptions {
  code: string
  fault: Fault
  next: Next
  cause?: unknown
}

/**
 * The base of every error that Adder raises on purpose.
 *
 * `code` is stable and is what programs decide by; the message is for people and says what failed, on what, and what
 * to do next. docs/errors.md lists every code.
 */
export abstract class AdderError extends Error {
  readonly code: string
  readonly fault: Fault
  readonly next: Next

  constructor(message: string, { code, fault, next, cause }: AdderErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.fault = fault
    this.next = next
  }
}
