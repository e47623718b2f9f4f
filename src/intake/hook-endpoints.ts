import * as z from 'zod'
import type { CheckedAuth } from '../endpoints/auth.ts'
import { bytes } from '../endpoints/bytes.ts'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { type HmacOptions, hmac } from '../endpoints/hmac.ts'
import type { EndpointRequest } from '../endpoints/request.ts'
import type { DeliveryCheck } from './delivery.ts'
import { headerToken } from './header-token.ts'
import { type Intake, type IntakeOptions, intake } from './intake.ts'
import { onlyFrom } from './only-from.ts'
import type { QueueDefinition } from './queue.ts'
import { payloadReader } from './read-payload.ts'
import { recordRefusals } from './record-refusals.ts'
import type { SourceDefinition } from './source.ts'
import { urlToken } from './url-token.ts'

export interface HookOptions extends IntakeOptions {
  sources: readonly SourceDefinition[]
}

const Receipt = z.object({
  delivery: z.uuid().describe('Names this delivery in the log.'),
  events: z.array(
    z.object({
      kind: z.string(),
      id: z.string().describe('The identity of the fact: the same whenever it arrives again.'),
      state: z.enum(['accepted', 'duplicate', 'spooled', 'suppressed', 'stale']),
    }),
  ),
})

const Answer = z.record(z.string(), z.union([z.string(), z.number()])).describe('What this sender wants to hear.')

/**
 * The endpoints that sources send to: `POST /hooks/<name>`, and `POST /hooks/<name>/:token` where the token is in the
 * address. What can't be authenticated is refused before its body is read, or, where the signature is over the body,
 * before it is parsed; nothing is committed for it. A source that has a queue has no endpoint.
 */
export function hookEndpoints({ sources, ...options }: HookOptions): Endpoint[] {
  const taken = intake(options)
  return sources.flatMap((source) => endpointsOf(source, { ...options, intake: taken }))
}

interface Surroundings extends Pick<HookOptions, 'now'> {
  intake: Intake
}

function endpointsOf(source: SourceDefinition, surroundings: Surroundings): Endpoint[] {
  const { intake } = surroundings
  const { name, maxBytes, answer, authentication } = source
  if (authentication.kind === 'queue') return []
  const read = payloadReader(source)
  const run = async ({ body, request: { id, headers } }: { body: Buffer; request: EndpointRequest }) => {
    const receipt = await intake.receive({ id, source, read, headers, body })
    return answer ?? receipt
  }
  const common = {
    method: 'POST',
    tags: ['hooks'],
    auth: authOf({ ...source, authentication }, surroundings),
    body: bytes({ maxBytes }),
    status: answer === undefined ? 202 : 200,
    output: answer === undefined ? Receipt : Answer,
  } as const
  const plain = endpoint({
    ...common,
    path: `/hooks/${name}`,
    summary: `Take in a delivery of ${name}`,
    run,
  })
  if (authentication.kind !== 'url-token') return [plain]
  const withToken = endpoint({
    ...common,
    path: `/hooks/${name}/:token`,
    summary: `Take in a delivery of ${name}, with the token in the path`,
    params: { token: z.string() },
    run,
  })
  return [plain, withToken]
}

/** How senders of webhooks prove themselves. */
type Proof = Exclude<SourceDefinition['authentication'], QueueDefinition>

interface Hooked extends SourceDefinition {
  authentication: Proof
}

function authOf({ name, authentication, from }: Hooked, { intake, now }: Surroundings): CheckedAuth {
  const refused = (check: DeliveryCheck) => (id: string, reason: string) =>
    intake.refuse({ id, source: name, check, reason })
  const auth = recordRefusals(
    proofOf(authentication, { caller: name, ...(now && { now }) }),
    refused(authentication.kind === 'signature' ? 'signature' : 'token'),
  )
  return from === undefined ? auth : onlyFrom(auth, { from, refused: refused('address') })
}

function proofOf(authentication: Proof, sender: Pick<HmacOptions, 'now'> & { caller: string }): CheckedAuth {
  if (authentication.kind === 'url-token') return urlToken({ ...authentication, ...sender })
  const auth =
    authentication.kind === 'signature'
      ? hmac({ ...authentication, ...sender })
      : headerToken({ ...authentication, ...sender })
  // Two senders may use one header in two ways, and each is described.
  return { ...auth, scheme: { ...auth.scheme, name: `${sender.caller}-${auth.scheme.name}` } }
}
