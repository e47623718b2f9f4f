import type { CallOptions } from '../../connectors/effect.ts'
import type { HttpChannel } from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConnectorAnswerInvalid, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { ExportLine } from './schema.ts'
import { type AskedSearch, rowOf, warningsIn } from './search-rows.ts'
import type { SplunkResult } from './splunk-alert.ts'
import { throwErrors } from './splunk-api.ts'

export interface ExportedRows {
  /** In the order in which they were first seen: Splunk names them in no other way. */
  fields: string[]
  /** At most `maxRows`. */
  rows: SplunkResult[]
  /** How many rows the search has; left out where reading stopped before its end. */
  total?: number
  /** What Splunk warns of. */
  warnings: string[]
}

/** As much as a thousand rows of four thousand characters. */
const maxLength = 4 * 1024 * 1024

/**
 * Runs a search as an export and reads its rows as they arrive, until there are `maxRows` of them or 4 MiB of text. Then
 * it hangs up. Splunk's reference does not say that this ends the search, so Splunk is also told to end it itself.
 *
 * @throws ConnectorAnswerInvalid where Splunk says ERROR or FATAL in an answer with 200, or a line is no row.
 * @throws ConnectorUnavailable where the rows end without Splunk's word that they were the last, and where they have not
 * ended within `withinMs`.
 */
export async function exportSearch(
  { send, what }: HttpChannel,
  { search, earliest, latest, maxRows }: AskedSearch,
  { signal, withinMs }: CallOptions & { withinMs: number },
): Promise<ExportedRows> {
  const rows: SplunkResult[] = []
  const fields = new Set<string>()
  const warnings = new Set<string>()
  let length = 0
  let isStopped = false
  let isEnded = false

  /** Whether to read on. */
  function take(line: string): boolean {
    const { preview, result, lastrow, messages } = parseAnswer(ExportLine, parseLine(line, what), what)
    throwErrors(messages, 'export')
    for (const warning of warningsIn(messages)) warnings.add(warning)
    length += line.length
    if (preview) return length <= maxLength
    if (result !== undefined && rows.length === maxRows) return false
    if (result !== undefined) {
      const row = rowOf(result)
      rows.push(row)
      for (const name of Object.keys(row)) fields.add(name)
    }
    if (result !== undefined || lastrow) isEnded = lastrow
    // A last row is most often the end of the answer, so that the total is known; events may go on after it.
    return length <= maxLength && (rows.length < maxRows || isEnded)
  }

  await send({
    method: 'POST',
    path: '/services/search/v2/jobs/export',
    query: { output_mode: 'json' },
    form: {
      search,
      earliest_time: earliest,
      latest_time: latest,
      preview: 'false',
      // Seconds, and more than anybody waits for it here: a search that is ended by it would seem to be whole.
      max_time: '60',
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    eachLine(line) {
      isStopped = !take(line)
      return !isStopped
    },
  })
  if (isStopped && rows.length === 0)
    throw new ConnectorAnswerInvalid(`${what}: Splunk sent ${length} characters and no row among them`)
  if (!isStopped && !isEnded)
    throw new ConnectorUnavailable(`${what}: Splunk stopped before the last row`, { mayHaveHappened: false })
  const read = { fields: [...fields], rows, warnings: [...warnings] }
  return isStopped ? read : { ...read, total: rows.length }
}

function parseLine(line: string, what: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new ConnectorAnswerInvalid(`${what}: a line of the answer is not JSON`)
  }
}
