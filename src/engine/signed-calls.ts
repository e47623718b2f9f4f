import type { RestateEndpoint } from '@restatedev/restate-sdk'

/** Serves one call of the engine's. */
export type Serve = ReturnType<RestateEndpoint['http2Handler']>

/** How long a token is believed after it was checked, in milliseconds; the engine makes a new one each second. */
const believedMs = 1000

/**
 * Serves only calls that the engine signed, and checks a signature once. The engine signs the path and the second, so
 * that all its calls to one path carry the same token for a second; to check one takes as long as a whole step.
 *
 * @param checked refuses what is not signed.
 * @param unchecked serves the same, and checks nothing.
 */
export function signedCalls({ checked, unchecked }: { checked: Serve; unchecked: Serve }): Serve {
  const accepted = new Map<string, { token: string; at: number }>()
  return (request, response) => {
    const { url, headers } = request
    const token = headers['x-restate-jwt-v1']
    const last = accepted.get(url)
    if (last !== undefined && last.token === token && performance.now() - last.at < believedMs)
      return unchecked(request, response)
    checked(request, response)
    // The head is sent at once, and after the check.
    const isAccepted = response.headersSent && response.statusCode === 200
    if (isAccepted && typeof token === 'string') accepted.set(url, { token, at: performance.now() })
  }
}
