import type { IncomingHttpHeaders } from 'node:http'
import { maskSecrets } from '../secrets/secret.ts'

const hidden = /auth|cookie|token|secret|signature|password|credential|key/

/**
 * The headers as they may be stored: whatever could carry a credential or a signature is masked, by its name.
 *
 * @param proof the header that the source authenticates by, where it is another one.
 */
export function shownHeaders(headers: IncomingHttpHeaders, proof?: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [
            [
              name,
              hidden.test(name) || name === proof?.toLowerCase()
                ? '[redacted]'
                : maskSecrets([value].flat().join(', ')),
            ],
          ],
    ),
  )
}
