import { AdderError } from '../errors/adder-error.ts'

/** The history file was written by a newer Adder. It is left as it is. */
export class HistoryTooNew extends AdderError {
  constructor(file: string) {
    super(
      `The history ${file} was written by a newer version of Adder. Start that version, or move the file away to begin a new history`,
      { code: 'history.too_new', fault: 'config', next: 'never' },
    )
  }
}

/** The history can't be opened, for another reason than that it is damaged: the message has the operating system's. */
export class HistoryUnusable extends AdderError {
  constructor(file: string, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause)
    super(`The history ${file} can't be opened: ${reason}`, {
      code: 'history.unusable',
      fault: 'config',
      next: 'never',
      cause: options.cause,
    })
  }
}

/** The history can't be read right now: Adder is starting, or the file was damaged and is being replaced. */
export class HistoryUnavailable extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'history.unavailable', fault: 'adder', next: 'back-off', cause: options.cause })
  }
}
