import { expectOptions } from '../../errors/expect-options.ts'
import type { EventDraft, SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { type AlertmanagerAlert, alertmanagerAlertIdentity, alertmanagerAlerts } from './alertmanager-alert.ts'
import { WebhookBody } from './schema.ts'

/** What redaction must not touch: the identity, times and links. */
const exactValues = new Set(['fingerprint', 'startsAt', 'endsAt', 'generatorUrl', 'externalUrl'])

export interface AlertmanagerSourceOptions {
  /** What Alertmanager sends as a bearer token, or as the password of HTTP Basic with any user name. */
  token: Secrets
  /** The path segment below `/hooks/`. Default `alertmanager`. */
  name?: string
}

/**
 * Prometheus Alertmanager's webhook: each alert of a notification is one `alertmanager.alert` when it fires, and one
 * more when it is resolved. A notification that is refused or not answered is sent again by Alertmanager, so there is
 * nothing to sweep; what it repeats is a duplicate. Bodies up to 8 MiB.
 *
 * Built from https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (November 2026) and what
 * Alertmanager 0.25.0 sends.
 */
export function source(options: AlertmanagerSourceOptions): SourceDefinition<WebhookBody> {
  expectOptions('alertmanager.source', options, { token: 'any', name: 'string?' })
  const { token, name = 'alertmanager' } = options
  return {
    name,
    integration: 'alertmanager',
    docs: 'https://prometheus.io/docs/alerting/latest/configuration/#webhook_config',
    maxBytes: 8 * 1024 * 1024,
    authentication: { kind: 'url-token', secrets: token },
    schema: WebhookBody,
    // A notification has no name of its own.
    deliveryId: () => undefined,
    events: (payload) => alertmanagerAlerts(payload).map(alertDraft),
    keeps: (path) => exactValues.has(path.join('.')),
  }
}

function alertDraft(data: AlertmanagerAlert): EventDraft<AlertmanagerAlert> {
  return {
    kind: 'alertmanager.alert',
    identity: alertmanagerAlertIdentity(data),
    at: new Date(data.endsAt ?? data.startsAt),
    data,
  }
}
