import { AdderError } from '../errors/adder-error.ts'

/** There is no running Adder where a command looked for one. */
export class NoServer extends AdderError {
  constructor(where: { dataFolder: string } | { url: string }, options: { cause?: unknown } = {}) {
    const message =
      'url' in where
        ? `No Adder answers at ${where.url}.`
        : `No Adder runs on the data folder ${where.dataFolder}. Name its folder with --data, or its address with --server.`
    super(message, { code: 'cli.no_server', fault: 'caller', next: 'never', cause: options.cause })
  }
}

/** A command would ask before it goes on, and nobody can be asked. */
export class NotConfirmed extends AdderError {
  constructor() {
    super('Nobody can be asked here whether to go on. Say so beforehand with --yes.', {
      code: 'cli.not_confirmed',
      fault: 'caller',
      next: 'never',
    })
  }
}

/** The server said no; the message is its own. */
export class ServerRefused extends AdderError {
  /** The code of the server's problem document. */
  readonly reasonCode: string

  constructor(message: string, { reasonCode }: { reasonCode: string }) {
    super(message, { code: 'cli.refused', fault: 'caller', next: 'never' })
    this.reasonCode = reasonCode
  }
}
