import * as z from 'zod'

/** Splunk sends every value as text; a multi-value field arrives as a list of texts. */
const FieldValue = z.union([z.string(), z.array(z.string())], { error: 'a string or a list of strings' })

/** A key that Splunk has nothing to say for arrives as null or not at all. */
const Text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/**
 * The body of Splunk's webhook alert action. `search_name` is null for a search that was never saved; `result` is
 * empty or missing where the search found no rows.
 *
 * https://help.splunk.com/en/splunk-enterprise/alert-and-respond/alerting-manual/10.0/configure-alert-actions/use-a-webhook-alert-action
 */
export const WebhookBody = z.object({
  sid: z.string().min(1),
  search_name: z.string({ error: 'a string or null' }).nullable(),
  app: Text,
  owner: Text,
  results_link: Text,
  result: z
    .record(z.string(), FieldValue)
    .nullish()
    .transform((result) => result ?? {}),
})
export type WebhookBody = z.infer<typeof WebhookBody>
