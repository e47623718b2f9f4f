import { parseAnswer, path } from '../../connectors/http-client.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import type { NextCall } from '../../intake/sweep.ts'
import { ResultRows, type WebhookBody } from './schema.ts'
import { type SplunkApi, throwErrors } from './splunk-api.ts'

type Row = WebhookBody['result']

const rowsAtOnce = 500

export interface ResultPagesOptions {
  sid: string
  isFirstOnly: boolean
  call: NextCall
}

/**
 * The rows of a search job by pages, one that is empty where it found none, which is what the webhook has then;
 * undefined where Splunk does not have the job any more.
 */
export async function* resultPages(
  ask: SplunkApi,
  { sid, isFirstOnly, call }: ResultPagesOptions,
): AsyncGenerator<Row[] | undefined> {
  const count = isFirstOnly ? 1 : rowsAtOnce
  for (let offset = 0; ; offset += count) {
    const asked = path`/services/search/v2/jobs/${sid}/results`
    const { status, json } = await ask(asked, { call, query: { count, offset }, accept: [404] })
    if (status === 404) return yield undefined
    if (json === undefined) throw new ConnectorAnswerInvalid(`Splunk: the search job ${sid} has no results yet`)
    const { results, messages } = parseAnswer(ResultRows, json, 'Splunk: results')
    throwErrors(messages, `results of ${sid}`)
    if (offset === 0 && results.length === 0) yield [{}]
    else if (results.length > 0) yield results.map(withoutNulls)
    if (isFirstOnly || results.length < count) return
  }
}

function withoutNulls(row: Record<string, string | string[] | null>): Row {
  return Object.fromEntries(Object.entries(row).flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
}
