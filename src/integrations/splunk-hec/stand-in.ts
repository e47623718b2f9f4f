import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

/** One event as it was indexed. */
export type HecEvent = z.infer<typeof Envelope>

export interface SplunkHecStandIn extends HttpStandIn {
  token: string
  /** Oldest first. */
  events(): readonly HecEvent[]
}

const Envelope = z.strictObject({
  event: z.union([z.string(), z.record(z.string(), z.unknown())]),
  time: z.number(),
  host: z.string().optional(),
  source: z.string().optional(),
  sourcetype: z.string().optional(),
  index: z.enum(['main', 'security']).optional(),
  fields: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})

/**
 * A Splunk that collects events of one input, whose token may write to the indexes `main` and `security`; on 127.0.0.1,
 * listening once the promise resolves. Stricter than Splunk: one event in a request, `time` as a number, and no key that
 * is not documented.
 *
 * "Format events for HTTP Event Collector" and "Troubleshoot HTTP Event Collector", with its table of codes:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */
export async function startSplunkHec(): Promise<SplunkHecStandIn> {
  const token = randomUUID()
  const indexed: HecEvent[] = []

  const server = await httpStandIn({
    failure: (status, text) => answer(status, 6, text),
    routes: {
      'POST /services/collector/event': (request) => {
        const refused = unauthorized(request, token)
        if (refused !== undefined) return refused
        if (request.text.trim() === '') return answer(400, 5, 'No data')
        const { success, data, error } = Envelope.safeParse(request.json)
        const isIndexWrong = error?.issues.some(({ path }) => path[0] === 'index')
        if (isIndexWrong) return answer(400, 7, 'Incorrect index')
        if (!success) return answer(400, 6, 'Invalid data format')
        if (data.event === '') return answer(400, 13, 'Event field cannot be blank')
        indexed.push(data)
        return answer(200, 0, 'Success')
      },
      'GET /services/collector/health': (request) =>
        unauthorized(request, token) === undefined
          ? answer(200, 17, 'HEC is healthy')
          : answer(400, 4, 'Invalid token'),
    },
  })
  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, { token, events: () => [...indexed] })
}

function unauthorized({ headers: { authorization = '' } }: StandInRequest, token: string): StandInAnswer | undefined {
  if (authorization === '') return answer(401, 2, 'Token is required')
  if (!authorization.startsWith('Splunk ')) return answer(401, 3, 'Invalid authorization')
  return authorization === `Splunk ${token}` ? undefined : answer(403, 4, 'Invalid token')
}

function answer(status: number, code: number, text: string): StandInAnswer {
  return { status, json: { text, code } }
}
