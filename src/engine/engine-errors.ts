import { AdderError } from '../errors/adder-error.ts'

/** The engine can't take anything in right now: it is starting, restarting or overloaded. Try again in seconds. */
export class EngineUnavailable extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'engine.unavailable', fault: 'adder', next: 'back-off', cause: options.cause })
  }
}

/** Another Adder already runs on this data folder. The other one goes on undisturbed. */
export class DataFolderInUse extends AdderError {
  constructor(dataFolder: string, owner: string) {
    super(
      `Another Adder (${owner}) already runs on the data folder ${dataFolder}. Stop it first, or choose another folder with --data`,
      { code: 'engine.data_folder_in_use', fault: 'config', next: 'never' },
    )
  }
}

/** The data folder's path is too long for the sockets inside it. */
export class DataFolderPathTooLong extends AdderError {
  constructor(dataFolder: string, limits: { excessBytes: number }) {
    super(
      `The path of the data folder ${dataFolder} is ${limits.excessBytes} bytes too long for the sockets inside it. Choose a shorter one with --data`,
      { code: 'engine.data_folder_path_too_long', fault: 'config', next: 'never' },
    )
  }
}

/** The data folder was written by a newer Adder, and is left alone. */
export class DataFolderTooNew extends AdderError {
  constructor(dataFolder: string, formats: { written: string; known: number }) {
    super(
      `The data folder ${dataFolder} was written by a newer Adder (format ${formats.written}; this one knows ${formats.known}). Start the newer one, or choose another folder with --data`,
      { code: 'engine.data_folder_too_new', fault: 'config', next: 'never' },
    )
  }
}

/** The address at which the engine's nodes reach this Adder can't be listened on. */
export class HandlersAddressUnusable extends AdderError {
  constructor({ host, port }: { host: string; port: number }, cause: Error) {
    super(
      `Adder can't listen on ${host}, port ${port}, for the engine: ${cause.message}. Change engine.handlers in the configuration`,
      { code: 'engine.handlers_address_unusable', fault: 'config', next: 'never', cause },
    )
  }
}

/** The engine could not be started at all. The message names its log. */
export class EngineStartFailed extends AdderError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'engine.start_failed', fault: 'adder', next: 'never', cause: options.cause })
  }
}

/** An automation used what a durable run can't repeat; the message names the line or the last step. */
export class RunMisuse extends AdderError {
  constructor(message: string) {
    super(message, { code: 'run.misuse', fault: 'config', next: 'never' })
  }
}

/** A step or an effect ended for good: what it asked was refused, and no retry can mend that. */
export class StepRefused extends AdderError {
  /** The code of the refusal: `connector.refused`. */
  readonly reasonCode: string
  readonly reason: string

  constructor(step: string, refusal: { code: string; reason: string }) {
    super(`${step}: ${refusal.reason}`, { code: 'run.step_refused', fault: 'config', next: 'never' })
    this.reasonCode = refusal.code
    this.reason = refusal.reason
  }
}

/** There is no automation of the run's name any more: it was renamed or taken away while the run waited. */
export class AutomationGone extends AdderError {
  constructor(automation: string) {
    super(`There is no automation "${automation}" any more`, {
      code: 'run.automation_gone',
      fault: 'config',
      next: 'never',
    })
  }
}
