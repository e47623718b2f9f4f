import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { parseConcatenatedJson } from './concatenated-json.ts'
import { hecEvent, hecEventIdentity } from './hec-event.ts'
import { type Envelope, Envelopes } from './schema.ts'

export interface SplunkHecSourceOptions {
  /** What senders take for the token of a collector: `Authorization: Splunk <token>`. */
  token: Secrets
  /** The path segment below `/hooks/`. Default `splunk-hec`. */
  name?: string
}

/**
 * Adder in the place of Splunk's HTTP Event Collector, for whatever can send to one: each event of a request is one
 * `hec.event`, at most 1,000 in 2 MiB. It is answered as by the collector, with 200 and code 0, once all are on disk;
 * a refusal has the collector's status, and Adder's own words. Only JSON events, compressed with gzip or not; no acknowledgment.
 */
export function source(options: SplunkHecSourceOptions): SourceDefinition<Envelope[]> {
  expectOptions('splunkHec.source', options, { token: 'any', name: 'string?' })
  const { token, name = 'splunk-hec' } = options
  return {
    name,
    integration: 'splunk-hec',
    docs: 'https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector',
    maxBytes: 2 * 1024 * 1024,
    authentication: { kind: 'url-token', secrets: token, scheme: 'Splunk' },
    parse: parseConcatenatedJson,
    schema: Envelopes,
    // The channel of a request names its sender, not the request.
    deliveryId: () => undefined,
    events: (envelopes) =>
      envelopes.map((envelope) => {
        const data = hecEvent(envelope)
        const at = new Date(envelope.time ?? Date.now())
        return { kind: 'hec.event', identity: hecEventIdentity(data), at, data }
      }),
    answer: { text: 'Success', code: 0 },
  }
}
