import { isIP } from 'node:net'
import type { CheckedAuth } from '../endpoints/auth.ts'
import { problem } from '../endpoints/problem-types.ts'
import { addressRanges } from '../observables/address-ranges.ts'

export interface OnlyFromOptions {
  /** Addresses and networks, IPv4 and IPv6: `203.0.113.0/24`. */
  from: readonly string[]
  /** Records a refusal, by the request's id and with the reason, before it is answered. */
  refused(id: string, reason: string): Promise<void>
}

/**
 * The same auth for requests from these addresses alone. Others are answered 403 `endpoint.forbidden` before a token is
 * looked at or a byte of the body is read. The address is the connection's, or the one that a trusted proxy names.
 */
export function onlyFrom(auth: CheckedAuth, { from, refused }: OnlyFromOptions): CheckedAuth {
  const isAdmitted = addressRanges(from)
  return {
    ...auth,
    async beforeBody(request, services) {
      const { id, remoteAddress } = request
      if (!isAdmitted(remoteAddress)) {
        // A proxy may pass on what is no address at all.
        const shown = isIP(remoteAddress) === 0 ? 'what is no address' : remoteAddress
        const reason = `Nothing is taken from ${shown} here.`
        await refused(id, reason)
        throw problem('endpoint.forbidden', reason)
      }
      return auth.beforeBody?.(request, services)
    },
  }
}
