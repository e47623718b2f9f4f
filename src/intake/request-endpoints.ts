import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Automation } from '../automations/automation.ts'
import { eventIdentity } from '../automations/event-identity.ts'
import { isRequest, type RequestTrigger, requestKind } from '../automations/request.ts'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { string } from '../endpoints/fields.ts'
import { token } from '../endpoints/token.ts'
import { type RedactionRule, redact } from '../secrets/redact.ts'
import type { Commit } from './commit-events.ts'

export interface RequestOptions {
  automations: readonly Automation[]
  commit: Commit
  /** What is masked before anything is stored. */
  redactions: readonly RedactionRule[]
}

const Requested = z.object({
  event: z.string().describe('The identity of the request: the same for the same Idempotency-Key.'),
  state: z.enum(['accepted', 'duplicate', 'suppressed']),
})

/** For each automation on `request(…)` the endpoint that starts it: `POST /automations/<name>/runs`. */
export function requestEndpoints({ automations, ...options }: RequestOptions): Endpoint[] {
  return automations.flatMap(({ name, on }) => (isRequest(on) ? [requestEndpoint(name, on, options)] : []))
}

function requestEndpoint(
  automation: string,
  { schema }: RequestTrigger<unknown>,
  { commit, redactions }: Omit<RequestOptions, 'automations'>,
): Endpoint {
  return endpoint({
    method: 'POST',
    path: `/automations/${automation}/runs`,
    summary: `Start ${automation}`,
    description:
      'Answers as soon as the request is on disk. Sent again with the same Idempotency-Key, it starts nothing.',
    tags: ['automations'],
    auth: token('automations:run'),
    headers: { 'idempotency-key': string({ max: 256 }).optional() },
    body: schema,
    status: 202,
    output: Requested,
    run: async ({ body, headers, caller }) => {
      const kind = requestKind(automation)
      // One caller's key says nothing about another's.
      const id = eventIdentity(kind, [caller?.name ?? '', headers['idempotency-key'] ?? randomUUID()])
      const { state } = await commit({
        kind,
        id,
        at: new Date().toISOString(),
        source: 'api',
        data: redact(body, redactions),
      })
      return { event: id, state }
    },
  })
}
