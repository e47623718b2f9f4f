import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import {
  type HttpStandIn,
  httpStandIn,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'

/** One event as it was indexed. */
export type IndexedEvent = z.infer<typeof Envelope>

export interface SplunkHecStandIn extends HttpStandIn {
  token: string
  /** Oldest first. */
  events(): readonly IndexedEvent[]
  /** Refuses from now on; without a reason it is well again. */
  refuse(why?: Refusing): void
}

/** A record, by its id, is refused for what it is; otherwise everything is. */
type Refusing = 'busy' | 'token disabled' | { record: string }

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
 * listening once the promise resolves. Stricter than Splunk: one event to a line, `time` as a number, and no key that
 * is not documented. Of several events those before the first that is wrong are indexed: the documentation does not say,
 * and a sender has to be ready for it.
 *
 * "Format events for HTTP Event Collector" and "Troubleshoot HTTP Event Collector", with its table of codes:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 * (read in November 2026)
 */
export async function startSplunkHec(): Promise<SplunkHecStandIn> {
  const token = randomUUID()
  const indexed: IndexedEvent[] = []

  let refusing: Refusing | undefined

  const server = await httpStandIn({
    failure: (status, text) => answer(status, 6, text),
    takesBadJson: true,
    routes: {
      'POST /services/collector/event': (request) => {
        const refused = unauthorized(request, token)
        if (refused !== undefined) return refused
        if (refusing === 'token disabled') return answer(403, 1, 'Token disabled')
        if (refusing === 'busy') return answer(503, 9, 'Server is busy')
        if (request.text.trim() === '') return answer(400, 5, 'No data')
        for (const [number, line] of request.text.split('\n').entries()) {
          const event = eventIn(line, typeof refusing === 'object' ? refusing.record : undefined)
          if ('code' in event) return answer(400, event.code, event.text, { 'invalid-event-number': number })
          indexed.push(event.indexed)
        }
        return answer(200, 0, 'Success')
      },
      'GET /services/collector/health': (request) => {
        if (unauthorized(request, token) !== undefined) return answer(400, 4, 'Invalid token')
        return refusing === 'busy'
          ? answer(503, 18, 'HEC is unhealthy, queues are full')
          : answer(200, 17, 'HEC is healthy')
      },
    },
  })
  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(server, {
    token,
    events: () => [...indexed],
    refuse(why?: Refusing) {
      refusing = why
    },
  })
}

function eventIn(
  line: string,
  refused: string | undefined,
): { indexed: IndexedEvent } | { code: number; text: string } {
  const { success, data, error } = Envelope.safeParse(parsed(line))
  if (error?.issues.some(({ path }) => path[0] === 'index')) return { code: 7, text: 'Incorrect index' }
  if (!success || (refused !== undefined && data.fields?.adder_record === refused))
    return { code: 6, text: 'Invalid data format' }
  if (data.event === '') return { code: 13, text: 'Event field cannot be blank' }
  return { indexed: data }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function unauthorized({ headers: { authorization = '' } }: StandInRequest, token: string): StandInAnswer | undefined {
  if (authorization === '') return answer(401, 2, 'Token is required')
  if (!authorization.startsWith('Splunk ')) return answer(401, 3, 'Invalid authorization')
  return authorization === `Splunk ${token}` ? undefined : answer(403, 4, 'Invalid token')
}

function answer(status: number, code: number, text: string, more: object = {}): StandInAnswer {
  return { status, json: { text, code, ...more } }
}
