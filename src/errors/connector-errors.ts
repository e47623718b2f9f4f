import { AdderError } from './adder-error.ts'

/**
 * The outside system could not be reached, did not answer in time, or answered that it is broken (5xx).
 * Tried again with growing waits.
 */
export class ConnectorUnavailable extends AdderError {
  /** Whether a write may have taken effect all the same: true once the request may have left this machine. */
  readonly mayHaveHappened: boolean
  /** When the outside system asked to be tried again (its `Retry-After`). */
  readonly until: Date | undefined
  /** The status that it answered with; undefined where no answer came. */
  readonly status: number | undefined

  constructor(
    message: string,
    options: { mayHaveHappened: boolean; until?: Date | undefined; status?: number; cause?: unknown },
  ) {
    super(message, { code: 'connector.unavailable', fault: 'vendor', next: 'back-off', cause: options.cause })
    this.mayHaveHappened = options.mayHaveHappened
    this.until = options.until
    this.status = options.status
  }
}

/** The outside system refused for quota or rate (429). Tried again when the quota allows; never shown as an answer. */
export class ConnectorRateLimited extends AdderError {
  /** When the quota opens again, where the outside system says so. */
  readonly until: Date | undefined

  constructor(message: string, options: { until?: Date | undefined } = {}) {
    super(message, { code: 'connector.rate_limited', fault: 'vendor', next: 'later' })
    this.until = options.until
  }
}

/** The outside system understood and said no (400, 401, 403, 404, 409, 422): no retry can mend that. */
export class ConnectorRefused extends AdderError {
  /** The HTTP status or the protocol's result code. */
  readonly status: number

  constructor(message: string, options: { status: number; cause?: unknown }) {
    super(message, { code: 'connector.refused', fault: 'config', next: 'never', cause: options.cause })
    this.status = options.status
  }
}

/**
 * The outside system answered with success and a body that is not what its documentation says. A look-up is not tried
 * again; an effect may have been made, and is looked for first, or waits for a person where nothing can tell.
 */
export class ConnectorAnswerInvalid extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'connector.answer_invalid', fault: 'vendor', next: 'never', cause: options.cause })
  }
}

/**
 * A value was refused before anything was sent: it does not have the form that the outside system's names have. The
 * message is cut to 500 characters, because it may quote the value, which comes from outside.
 */
export class ConnectorInputInvalid extends AdderError {
  constructor(message: string) {
    super(message.length <= 500 ? message : `${message.slice(0, 499)}…`, {
      code: 'connector.input_invalid',
      fault: 'caller',
      next: 'never',
    })
  }
}
