import type { IncomingHttpHeaders } from 'node:http'
import { maskSecrets } from '../secrets/secret.ts'
import type { SourceDefinition } from './source.ts'

const hidden = /auth|cookie|token|secret|signature|password|credential|key/

/**
 * The headers as they may be stored: whatever could carry a credential or a signature is masked, by its name. What the
 * source is authenticated by is masked whatever its name, and the id that it signs never is: a delivery that is taken in
 * again needs it.
 */
export function shownHeaders(
  headers: IncomingHttpHeaders,
  authentication: SourceDefinition['authentication'],
): Record<string, string> {
  const isHidden = hiddenBy(authentication)
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, isHidden(name) ? '[redacted]' : maskSecrets([value].flat().join(', '))]],
    ),
  )
}

function hiddenBy(authentication: SourceDefinition['authentication']): (name: string) => boolean {
  if (authentication.kind === 'url-token') return (name) => hidden.test(name)
  // A routing key is no credential, and tells where a message came from.
  if (authentication.kind === 'queue') return (name) => name !== 'routing-key' && hidden.test(name)
  const proof = authentication.header.toLowerCase()
  const id = authentication.kind === 'signature' ? authentication.idHeader?.toLowerCase() : undefined
  return (name) => name === proof || (name !== id && hidden.test(name))
}
