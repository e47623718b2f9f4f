import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import { eventKind } from './received.ts'

/** A fact that a delivery tells. */
export interface WebhookEvent<Data> {
  /**
   * What makes the fact that fact, the same whenever and however often it is delivered: the sender's id of it. Two
   * deliveries with one identity are one event, and start one run.
   */
  identity: readonly [string, ...string[]]
  /** When it happened, by the sender. One older than the retention, less a day, is stale and starts nothing. */
  at: Date
  /** What automations get. JSON. */
  data: Data
}

export interface WebhookSourceOptions<Payload, Data> {
  /** The path segment below `/hooks/`. Lower-case letters, digits and dashes. */
  name: string
  /** The shape of the body. What has another one is kept, and answered 422 with the fields that are wrong. */
  schema: z.ZodType<Payload>
  /** `token(…)` or `signature(…)`. */
  authentication: SourceDefinition['authentication']
  /** The addresses and networks that it sends from: `['203.0.113.0/24']`. Default: any. */
  from?: readonly string[]
  /** The header with the sender's name for a delivery, for the record. Default: the signature's `idHeader`. */
  deliveryId?: string
  /**
   * The fact or facts that a delivery tells; an empty list where it is of no interest. A delivery that is kept and taken
   * in again comes with the headers that it had, but for those whose names say that they hold a key, a token or the like:
   * an `identity` should be of the body, or of the signature's `idHeader`.
   */
  event(payload: Payload, headers: IncomingHttpHeaders): WebhookEvent<Data> | readonly WebhookEvent<Data>[]
  /** Which values of the data redaction must leave alone, such as ids and times, by their path: `['id', 'rule.id']`. */
  keeps?: readonly string[]
}

/** A source that `received` knows the data of. */
export interface WebhookSource<Data> extends SourceDefinition {
  /** Carries the type of its events' data; never set. */
  readonly data?: Data
}

/**
 * Any sender of JSON webhooks, by configuration: each fact that `event` finds in a delivery is one `webhook.<name>`.
 * Bodies up to 8 MiB.
 *
 * Fits Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks, November 2026) and what signs as
 * Slack does (https://docs.slack.dev/authentication/verifying-requests-from-slack, November 2026).
 */
export function source<Payload, Data>(options: WebhookSourceOptions<Payload, Data>): WebhookSource<Data> {
  expectOptions<WebhookSourceOptions<unknown, unknown>>('webhook.source', options, {
    name: 'string',
    schema: 'any',
    authentication: 'any',
    from: 'any?',
    deliveryId: 'string?',
    event: 'any',
    keeps: 'any?',
  })
  const { name, schema, authentication, from, keeps = [] } = options
  const idHeader = options.deliveryId ?? (authentication.kind === 'signature' ? authentication.idHeader : undefined)
  const exactValues = new Set(keeps)
  const definition: SourceDefinition<Payload> = {
    name,
    integration: 'webhook',
    docs: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
    maxBytes: 8 * 1024 * 1024,
    authentication,
    ...(from === undefined ? {} : { from }),
    schema,
    deliveryId: (headers) => textOf(headers, idHeader),
    events: (payload, headers) =>
      [options.event(payload, headers)]
        .flat()
        .map(({ identity, at, data }) => ({ kind: eventKind({ name }), identity, at, data })),
    keeps: (path) => exactValues.has(path.join('.')),
  }
  return definition
}

function textOf(headers: IncomingHttpHeaders, name: string | undefined): string | undefined {
  const text = name === undefined ? undefined : headers[name.toLowerCase()]
  return typeof text === 'string' ? text : undefined
}
