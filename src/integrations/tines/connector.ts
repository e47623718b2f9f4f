import * as z from 'zod'
import * as http from '../../connectors/http.ts'
import { isShortJson } from '../../connectors/is-short-json.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'

export interface TinesOptions {
  /** The tenant: `https://acme.tines.com`. */
  url: string
  /** What follows `/webhook/` in the address of the story's webhook action: its path, and its secret where it has one. */
  webhook: Secret
  /** An API key, which the webhook action asks for. */
  apiKey: Secret
}

/** The field of an event that holds Adder's marker. */
const markerField = 'adderMarker'
const longestEvent = 200_000

const Event = z
  .record(z.string().min(1).max(200), z.json())
  .refine((event) => !Object.hasOwn(event, markerField), `${markerField} is Adder's own`)
  .refine((event) => JSON.stringify(event).length <= longestEvent, `is longer than ${longestEvent} characters`)

/** An event that a story took in. */
export interface SentEvent {
  /**
   * What the story answered, where that is JSON of at most 100,000 characters and 64 levels; most answer "Ok", which is
   * left out.
   */
  answer?: unknown
}

/**
 * Sends events to one story in Tines, which starts with a webhook action.
 *
 * `send({ event })` posts an object; the action emits it as an event. Tines takes the same event twice, so in doubt it is
 * there twice: its field `adderMarker` is the same then, and the story can drop the second. A story that is used as an API
 * answers with what it comes to, within 30 seconds; longer ones tell Adder by a request of their own. A webhook takes
 * 1,000 requests a minute, a tenant 2,500.
 *
 * https://www.tines.com/docs/actions/types/webhook/, https://www.tines.com/docs/api/authentication/,
 * https://www.tines.com/api/stories/list/,
 * https://explained.tines.com/en/articles/14034350-webhook-configuration-and-usage (read in November 2026)
 */
export function connector(options: TinesOptions) {
  expectOptions('tines.connector', options, { url: 'string', webhook: 'any', apiKey: 'any' })
  const { url, webhook, apiKey } = options
  const auth = http.bearer(apiKey)
  return http.connector({
    integration: 'tines',
    title: 'Tines',
    docs: 'https://www.tines.com/docs/actions/types/webhook/',
    baseUrl: url,
    auth: { ...auth, secrets: [webhook, ...auth.secrets] },
    lookups: {},
    effects: {
      send: http.effect({
        once: 'at least once',
        input: z.object({ event: Event }),
        request: ({ event }, { marker }) => ({
          path: webhookPath(webhook),
          body: { ...event, [markerField]: marker },
          plainAnswer: 'Ok',
        }),
        answer: z.unknown(),
        made: (answer): SentEvent => (isShortJson(answer) ? { answer } : {}),
        timeoutMs: 40_000,
      }),
    },
    probe: { path: '/api/v1/stories', query: { per_page: 1 } },
  })
}

/** Only of letters that need no encoding, so that the secret in it is known again in messages. */
function webhookPath(webhook: Secret): string {
  const value = webhook.reveal().trim()
  if (/^[\w-]+(\/[\w-]+)?$/.test(value)) return `/webhook/${value}`
  const wanted = 'what follows /webhook/ in its address, such as path or path/secret'
  throw new ConnectorRefused(`Tines: ${webhook.name} is no webhook; it has to be ${wanted}`, { status: 0 })
}
