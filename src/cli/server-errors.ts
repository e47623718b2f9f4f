import { networkFault } from '../connectors/network-fault.ts'
import { AdderError } from '../errors/adder-error.ts'

/** There is no running Adder where a command looked for one. */
export class NoServer extends AdderError {
  constructor(where: { dataFolder: string } | { url: string }, options: { cause?: unknown } = {}) {
    const message =
      'url' in where
        ? `No Adder answers at ${where.url}: ${reasonOf(options.cause)}.`
        : `No Adder runs on the data folder ${where.dataFolder}. Name its folder with --data, or its address with --server.`
    super(message, { code: 'cli.no_server', fault: 'caller', next: 'never', cause: options.cause })
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  if (code !== undefined) return networkFault(code)
  return cause instanceof Error ? cause.message : String(cause)
}

/** The token can't stand in a header. Nothing was asked. */
export class TokenUnusable extends AdderError {
  constructor(variable: string) {
    super(
      `The token in ${variable} has white space or other characters in it that no token has, such as the newline at the end of a file.`,
      { code: 'cli.token_unusable', fault: 'caller', next: 'never' },
    )
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
