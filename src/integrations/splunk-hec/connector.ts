import * as z from 'zod'
import * as http from '../../connectors/http.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'

export interface SplunkHecOptions {
  /** Where it listens: `https://splunk.acme.example:8088`; `https://http-inputs-acme.splunkcloud.com` in Splunk Cloud. */
  url: string
  /** The token of the input. */
  token: Secret
}

const maxEventLength = 100_000
const Name = z.string().min(1).max(200)

/** Left out, host and index are those of the input. */
const EventInput = z.object({
  event: z
    .union([z.string().min(1), z.record(z.string(), z.json())], 'is neither a text nor an object')
    .refine((event) => JSON.stringify(event).length <= maxEventLength, 'has more than 100,000 characters'),
  sourcetype: Name.default('adder'),
  source: Name.default('adder'),
  host: Name.optional(),
  index: Name.optional(),
  time: z.iso.datetime({ offset: true }).optional(),
})

/**
 * Sends events to Splunk's HTTP Event Collector, or to what speaks as it does.
 *
 * `sendEvent({ event, sourcetype, source, host, index, time })` sends one: an object or a text, of at most 100,000
 * characters as JSON; `time` is when it happened, in ISO 8601, and by default when the run meant to send it. The collector
 * tells no two events apart, so one whose answer got lost is sent again, with the same time: `at least once`. Each has
 * Adder's marker in the indexed field `adder_marker`, and `| dedup adder_marker` leaves one of each.
 *
 * The input has indexer acknowledgment off: with it, the collector wants a channel, which Adder does not send.
 *
 * https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector
 * (read in November 2026)
 */
export function connector(options: SplunkHecOptions) {
  expectOptions('splunkHec.connector', options, { url: 'string', token: 'any' })
  const { url, token } = options
  return http.connector({
    integration: 'splunk-hec',
    title: 'Splunk HEC',
    docs: 'https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector',
    baseUrl: url,
    auth: { secrets: [token], headers: () => ({ authorization: `Splunk ${token.reveal()}` }) },
    lookups: {},
    effects: {
      sendEvent: http.effect({
        once: 'at least once',
        input: EventInput,
        request: ({ time, ...event }, { marker, intendedAt }) => ({
          path: '/services/collector/event',
          body: { ...event, time: Date.parse(time ?? intendedAt) / 1000, fields: { adder_marker: marker } },
        }),
        answer: z.object({ code: z.literal(0) }),
        made: () => undefined,
      }),
    },
    probe: { path: '/services/collector/health' },
  })
}
