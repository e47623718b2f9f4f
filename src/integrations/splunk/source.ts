import { expectOptions } from '../../errors/expect-options.ts'
import type { EventDraft, SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { WebhookBody } from './schema.ts'
import { type SplunkAlert, splunkAlert, splunkAlertAt, splunkAlertIdentity } from './splunk-alert.ts'
import { type SplunkSweepOptions, splunkSweep } from './splunk-sweep.ts'

const docs =
  'https://help.splunk.com/en/splunk-enterprise/alert-and-respond/alerting-manual/10.0/configure-alert-actions/use-a-webhook-alert-action'

/** The job's id, the link that holds it, and times: what redaction must not touch. */
const exactValues = new Set(['sid', 'resultsLink', 'result._time', 'result._indextime'])

export interface SplunkSourceOptions {
  /** The token in the address that Splunk calls, because its webhook action can't sign or send headers. */
  token: Secrets
  /** The path segment below `/hooks/`. Default `splunk`. */
  name?: string
  /** Has Adder ask Splunk for what its webhook did not bring. Default: it does not. */
  sweep?: SplunkSweepOptions
}

/**
 * Splunk's webhook alert action: each call is one `splunk.alert`. Splunk never sends an alert twice by itself, so what
 * it sends is either taken in or kept, and what it could not send is swept. Bodies up to 8 MiB.
 */
export function source(options: SplunkSourceOptions): SourceDefinition<WebhookBody> {
  expectOptions('splunk.source', options, { token: 'any', name: 'string?', sweep: 'any?' })
  const { token, name = 'splunk', sweep } = options
  return {
    name,
    integration: 'splunk',
    docs,
    maxBytes: 8 * 1024 * 1024,
    authentication: { kind: 'url-token', secrets: token },
    schema: WebhookBody,
    // A search job fires once per row, so its id is not the delivery's, and there is no other.
    deliveryId: () => undefined,
    events: (payload) => [alertDraft(splunkAlert(payload))],
    keeps: (path) => exactValues.has(path.join('.')),
    ...(sweep === undefined ? {} : { sweep: splunkSweep(name, sweep) }),
  }
}

function alertDraft(data: SplunkAlert): EventDraft<SplunkAlert> {
  return {
    kind: 'splunk.alert',
    identity: splunkAlertIdentity(data),
    at: splunkAlertAt(data, new Date()),
    data,
  }
}
