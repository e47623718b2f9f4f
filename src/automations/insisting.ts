import type { Lookup } from '../connectors/connector.ts'
import type { CallOptions } from '../connectors/effect.ts'
import type { Answer } from '../connectors/outcome.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'

/** A look-up whose refusal is no answer either: a token that has expired, a permission that is missing can be mended. */
export function insisting<Input, T>(ask: Lookup<Input, T>, input: Input): (call: CallOptions) => Promise<Answer<T>> {
  return async (call) => {
    try {
      return await ask(input, call)
    } catch (error) {
      if (!(error instanceof ConnectorRefused)) throw error
      throw new ConnectorUnavailable(error.message, { mayHaveHappened: false, status: error.status, cause: error })
    }
  }
}
