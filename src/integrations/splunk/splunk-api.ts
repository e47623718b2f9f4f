import { bearer } from '../../connectors/http-auth.ts'
import { type HttpAnswer, httpClient } from '../../connectors/http-client.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import type { NextCall } from '../../intake/sweep.ts'
import { maskSecrets, type Secret } from '../../secrets/secret.ts'
import type { Messages } from './schema.ts'

export interface AskOptions {
  call: NextCall
  query?: Record<string, string | number>
  /** Statuses that are answers and not errors, besides 2xx. */
  accept?: readonly number[]
}

/** Asks for a path of Splunk's REST API, for JSON. */
export type SplunkApi = (path: string, options: AskOptions) => Promise<HttpAnswer>

/**
 * Splunk's REST API with an authentication token.
 *
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/introduction/using-the-rest-api-reference
 */
export function splunkApi({ url, token }: { url: string; token: Secret }): SplunkApi {
  const send = httpClient({ title: 'Splunk', baseUrl: url, headers: bearer(token).headers })
  return (path, { call, query = {}, accept = [] }) =>
    send({ path, query: { output_mode: 'json', ...query }, accept, ...call() })
}

/** A search that went wrong in part is answered with 200, and is no answer. */
export function throwErrors(messages: Messages, what: string): void {
  const wrong = messages.find(({ type }) => /^(error|fatal)$/i.test(type))
  if (wrong === undefined) return
  throw new ConnectorAnswerInvalid(`Splunk: ${what}: ${maskSecrets(wrong.text ?? wrong.type).slice(0, 300)}`)
}
