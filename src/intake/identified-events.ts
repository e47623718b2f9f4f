import type { IncomingHttpHeaders } from 'node:http'
import type { AdderEvent } from '../automations/event.ts'
import { eventIdentity } from '../automations/event-identity.ts'
import { type RedactionRule, redact } from '../secrets/redact.ts'
import type { SourceDefinition } from './source.ts'

export interface IdentifiedEventsOptions {
  source: SourceDefinition
  payload: unknown
  headers: IncomingHttpHeaders
  redactions: readonly RedactionRule[]
}

/**
 * The events of a delivery, each once and with its identity. Identities are taken from the data as it arrived, so that
 * redaction never makes two facts one; the data itself is redacted, except for what the source keeps.
 */
export function identifiedEvents({ source, payload, headers, redactions }: IdentifiedEventsOptions): AdderEvent[] {
  const options = source.keeps === undefined ? {} : { keep: source.keeps }
  const events = new Map<string, AdderEvent>()
  for (const { kind, identity, at, data } of source.events(payload, headers)) {
    const id = eventIdentity(kind, identity)
    events.set(id, { kind, id, at: at.toISOString(), source: source.name, data: redact(data, redactions, options) })
  }
  return [...events.values()]
}
