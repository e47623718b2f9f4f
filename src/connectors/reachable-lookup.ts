import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isPublicAddress } from './is-public-address.ts'

/** A name was looked up and leads to where it must not; nothing was sent. */
export class AddressNotAllowed extends Error {}

/** Where AWS gives a machine its own credentials over IPv6; over IPv4 it is a link-local address. */
const awsMetadata = 'fd00:ec2::254'

/**
 * Looks a host up for a connection and checks each of its addresses, those that are connected to: whoever answers for a
 * name can't lead requests into one's own network. `localhost` and literal addresses are whatever they say.
 *
 * @param isPublic whether the host is on the internet. Otherwise only link-local addresses are refused.
 * @returns a function for `net.connect`, which fails with `AddressNotAllowed`.
 */
export function reachableLookup({ isPublic }: { isPublic: boolean }): LookupFunction {
  const isAllowed = isPublic ? isPublicAddress : isNotLinkLocal
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = hostname === 'localhost' ? undefined : addresses?.find(({ address }) => !isAllowed(address))
      const [first] = addresses ?? []
      if (error !== null || first === undefined) callback(error, [])
      else if (refused !== undefined)
        callback(new AddressNotAllowed(`${hostname} leads to ${refused.address}, where it must not`), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function isNotLinkLocal(text: string): boolean {
  const address = ipaddr.process(text.replace(/%.*/, ''))
  return address.range() !== 'linkLocal' && address.toString() !== awsMetadata
}
