import * as z from 'zod'

/** A key that a sender has nothing to say for arrives as null or not at all. */
const Text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** Seconds since 1970, as a number or a text; at most the year 9999. */
const Time = z
  .union([z.number(), z.string().regex(/^\d{1,12}(\.\d{1,9})?$/)], 'seconds since 1970')
  .nullish()
  .transform((time) => (time == null ? undefined : Math.round(Number(time) * 1000)))
  .refine((ms = 0) => ms >= 0 && ms <= Date.UTC(9999, 11, 31), 'seconds since 1970')

/** One event in a request to the collector. */
export const Envelope = z.object({
  event: z.json('what happened').refine((event) => event !== null && event !== '', 'what happened'),
  time: Time,
  host: Text,
  source: Text,
  sourcetype: Text,
  index: Text,
  fields: z
    .record(z.string(), z.json())
    .nullish()
    .transform((fields) => fields ?? {}),
})
export type Envelope = z.infer<typeof Envelope>

/**
 * The body of a request to the collector: as many events as there are in it.
 *
 * https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector
 */
export const Envelopes = z.array(Envelope).min(1, 'an event at least').max(1000, 'at most 1,000 events')
