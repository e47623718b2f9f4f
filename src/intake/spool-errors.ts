import { AdderError } from '../errors/adder-error.ts'

/** The spool can't be opened, and may hold deliveries: nothing is taken in before it can. */
export class SpoolUnusable extends AdderError {
  constructor(file: string, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause)
    super(`The spool ${file} can't be opened: ${reason}`, {
      code: 'intake.spool_unusable',
      fault: 'config',
      next: 'never',
      cause: options.cause,
    })
  }
}

/** The spool has no room, or its disk does not take anything. The delivery is not in it. */
export class NotSpooled extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'intake.not_spooled', fault: 'adder', next: 'back-off', cause: options.cause })
  }
}
