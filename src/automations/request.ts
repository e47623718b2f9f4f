import type * as z from 'zod'
import type { Trigger } from './trigger.ts'

/** A trigger that is a call of Adder's own API. */
export interface RequestTrigger<Data> extends Trigger<Data> {
  kind: 'request'
  schema: z.ZodType<Data>
}

/**
 * Starts an automation by `POST /automations/<name>/runs` with a body of this shape; it is in /docs like every endpoint.
 * A request with an `Idempotency-Key` that was used before starts nothing.
 */
export function request<Data>(schema: z.ZodType<Data>): RequestTrigger<Data> {
  return { kind: 'request', schema, conditions: [] }
}

/** The kind of the events that start one automation by request. */
export function requestKind(automation: string): string {
  return `request.${automation}`
}

export function isRequest(trigger: Trigger<unknown>): trigger is RequestTrigger<unknown> {
  return trigger.kind === 'request' && 'schema' in trigger
}
