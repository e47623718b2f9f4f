import type { IncomingHttpHeaders } from 'node:http'
import type * as z from 'zod'
import type { HmacOptions } from '../endpoints/hmac.ts'
import type { Secrets } from '../secrets/secret.ts'
import type { QueueDefinition } from './queue.ts'
import type { SweepDefinition } from './sweep.ts'

/** A sender of webhooks, received at `/hooks/<name>`, or a queue that Adder reads. */
export interface SourceDefinition<Payload = unknown> {
  /** The path segment, and the source's name everywhere: `splunk`. Lower-case letters, digits and dashes. */
  name: string
  integration: string
  /** The vendor's documentation that it was built from. */
  docs: string
  /** The largest body that is read, in bytes. */
  maxBytes: number
  authentication: UrlToken | HeaderToken | Signature | QueueDefinition
  /** The addresses and networks that it sends from: `['203.0.113.0/24']`. Default: any. */
  from?: readonly string[]
  /**
   * Reads a body that is not one JSON value, whatever its content type; it takes what it gave back, as JSON, too, because
   * a kept delivery comes as that again. Throws a `Problem` that quotes none of it. Default: the body is JSON.
   */
  parse?(body: Buffer): unknown
  /** The shape of the body. Unknown keys are accepted. */
  schema: z.ZodType<Payload>
  /**
   * Adds to the body what the sender says in headers alone, before its shape is checked: GitHub names the event there.
   * Default: the body as it is.
   */
  withHeaders?(body: unknown, headers: IncomingHttpHeaders): unknown
  /** What the sender calls this delivery, for the record; undefined where it has no name for it. */
  deliveryId(headers: IncomingHttpHeaders, payload: Payload): string | undefined
  /** The facts in the delivery, none where it is of no interest (a `ping`). */
  events(payload: Payload, headers: IncomingHttpHeaders): EventDraft[]
  /**
   * Which values of an event's data are ids, hashes or times, by their path in it (`['ticket', 'id']`): redaction
   * leaves those alone. Default: none.
   */
  keeps?(path: readonly string[]): boolean
  /** What its sender wants to hear, with 200, of a delivery that is taken in. Default: 202 and Adder's own receipt. */
  answer?: Readonly<Record<string, string | number>>
  /** How its sender is asked for what the webhooks should have brought. Default: it is not. */
  sweep?: SweepDefinition<Payload>
}

/**
 * A token, because the sender can't sign: in the address (`/hooks/splunk/<token>` or `/hooks/splunk?token=<token>`), as a
 * bearer token, or as the password of HTTP Basic.
 */
export interface UrlToken {
  kind: 'url-token'
  secrets: Secrets
  /** The word before the token in the header `Authorization`, besides `Bearer`. Default: none. */
  scheme?: string
}

/** A token that is the whole value of a header, because the sender can set one and can't sign. */
export interface HeaderToken {
  kind: 'header-token'
  /** `x-webhook-token`. */
  header: string
  secrets: Secrets
}

/** An HMAC of the raw body, or of more than that, in a header. */
export interface Signature extends Omit<HmacOptions, 'caller' | 'now'> {
  kind: 'signature'
}

/** An event before it has its identity. */
export interface EventDraft<Data = unknown> {
  kind: string
  /** What makes the fact that fact; see `eventIdentity`. */
  identity: readonly string[]
  at: Date
  data: Data
}
