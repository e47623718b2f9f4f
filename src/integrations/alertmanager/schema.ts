import * as z from 'zod'

/** Names and values, as Prometheus has them. */
const Texts = z.record(z.string(), z.string({ error: 'a string' }))

const Time = z.iso.datetime({ offset: true, error: 'a time (RFC 3339)' })

const Alert = z.object({
  status: z.enum(['firing', 'resolved'], { error: '"firing" or "resolved"' }),
  labels: Texts,
  annotations: Texts.nullish().transform((annotations) => annotations ?? {}),
  startsAt: Time,
  /** `0001-01-01T00:00:00Z` while it fires. */
  endsAt: Time.nullish(),
  generatorURL: z
    .string()
    .nullish()
    .transform((url) => url ?? ''),
  /** A hash of the labels. Old versions of Alertmanager have none. */
  fingerprint: z.string().min(1).nullish(),
})

/**
 * The body of Alertmanager's webhook, in version 4 of its format. A `payload` of one's own in `webhook_configs` has
 * another shape, and is not taken in.
 *
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const WebhookBody = z.object({
  receiver: z.string(),
  groupKey: z.string(),
  externalURL: z
    .string()
    .nullish()
    .transform((url) => url ?? ''),
  alerts: z.array(Alert),
})
export type WebhookBody = z.infer<typeof WebhookBody>
