import { AdderError } from '../errors/adder-error.ts'

/** The history was written by a newer Adder. It is left as it is. */
export class HistoryTooNew extends AdderError {
  constructor(name: string) {
    super(
      `The history ${name} was written by a newer version of Adder. Start that version, or begin a new history: move the file away, or name another database`,
      { code: 'history.too_new', fault: 'config', next: 'never' },
    )
  }
}

/** The history can't be opened, for another reason than that it is damaged or away: the message says why. */
export class HistoryUnusable extends AdderError {
  /** @param options.reason Default: the words of the cause. */
  constructor(name: string, { cause, reason }: { cause: unknown; reason?: string }) {
    const words = reason ?? (cause instanceof Error ? cause.message : String(cause))
    super(`The history ${name} can't be opened: ${words}`, {
      code: 'history.unusable',
      fault: 'config',
      next: 'never',
      cause,
    })
  }
}

/** The history can't be read right now: Adder is starting, the file was damaged, or PostgreSQL is away. */
export class HistoryUnavailable extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'history.unavailable', fault: 'adder', next: 'back-off', cause: options.cause })
  }
}
