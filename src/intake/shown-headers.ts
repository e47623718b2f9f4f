import type { IncomingHttpHeaders } from 'node:http'
import { maskSecrets } from '../secrets/secret.ts'

const hidden = /auth|cookie|token|secret|signature|password|credential|key/

/** The headers as they may be stored: whatever could carry a credential or a signature is masked, by its name. */
export function shownHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, hidden.test(name) ? '[redacted]' : maskSecrets([value].flat().join(', '))]],
    ),
  )
}
