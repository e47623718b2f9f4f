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

/** What every answer of Splunk's API may carry; an error in it makes an answer with status 200 a failed one. */
const Messages = z.array(z.object({ type: z.string(), text: z.string().nullish() })).default([])
export type Messages = z.infer<typeof Messages>

/** Splunk writes truth as `true`, as `1`, or as `"1"`; what may be "auto" is not certain, and not true. */
const Flag = z
  .unknown()
  .optional()
  .transform((value) => ['true', '1'].includes(String(value)))

/**
 * Fired alerts, as `alerts/fired_alerts/-` lists them.
 *
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
 */
export const FiredAlerts = z.object({
  entry: z.array(
    z.object({
      author: z.string().nullish(),
      acl: z.object({ app: z.string().nullish(), owner: z.string().nullish() }).nullish(),
      links: z.object({ savedsearch: z.string().nullish() }).nullish(),
      content: z.object({
        sid: z.string().min(1),
        savedsearch_name: z.string().nullish(),
        /** Seconds since 1970. */
        trigger_time: z.coerce.number(),
        /** Whether it fired once for all rows, and not for each. */
        digest_mode: Flag,
      }),
    }),
  ),
  messages: Messages,
})
export type FiredAlert = z.infer<typeof FiredAlerts>['entry'][number]

/** Saved searches, as `saved/searches` lists them, or one of them: those that call a webhook say where. */
export const SavedSearches = z.object({
  entry: z.array(
    z.object({
      name: z.string(),
      content: z.object({
        disabled: Flag,
        'alert.track': Flag,
        'action.webhook': Flag,
        /** `email,webhook`. */
        actions: z.string().nullish(),
        'action.webhook.param.url': z.string().nullish(),
      }),
    }),
  ),
  messages: Messages,
})

/** A search job; `ttl` is how many seconds it is still kept. */
export const SearchJob = z.object({ entry: z.tuple([z.object({ content: z.object({ ttl: z.coerce.number() }) })]) })

/** The answer to a search that was started. */
export const StartedJob = z.object({ sid: z.string().min(1).max(500) })

/** How far a search job is: `QUEUED`, `PARSING`, `RUNNING`, `FINALIZING`, `DONE`, `FAILED`. */
export const SearchJobState = z.object({
  entry: z.tuple([
    z.object({
      content: z.object({
        dispatchState: z.string(),
        isDone: Flag,
        isFailed: Flag,
        resultCount: z.coerce.number().default(0),
        earliestTime: z.string().nullish(),
        latestTime: z.string().nullish(),
        messages: Messages,
      }),
    }),
  ]),
  messages: Messages,
})
export type SearchJobState = z.infer<typeof SearchJobState>

/** What Splunk says of one row; null is a value that is not there. */
const Row = z.record(z.string(), FieldValue.nullable())
export type Row = z.infer<typeof Row>

/** A page of a search job's rows, as `search/v2/jobs/<sid>/results` gives them. */
export const ResultRows = z.object({
  fields: z.array(z.object({ name: z.string() })).default([]),
  results: z.array(Row),
  messages: Messages,
})
export type ResultRows = z.infer<typeof ResultRows>

/**
 * A line of an export: a row, a message, or neither and the end of its rows, which a last row may say of itself too. What
 * is `preview` is no result yet.
 */
export const ExportLine = z
  .object({ preview: Flag, lastrow: Flag, result: Row.optional(), messages: Messages })
  .refine(({ result, lastrow, messages }) => result !== undefined || lastrow || messages.length > 0, {
    error: 'has neither a row nor a message',
  })
