import dns from 'node:dns'
import { BlockList, isIPv6, type LookupFunction } from 'node:net'
import { isPublicAddress } from './is-public-address.ts'

/** A name was looked up and leads to where it must not; nothing was sent. */
export class AddressNotAllowed extends Error {}

/** Where clouds give a machine its own credentials, and others of its link. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4')
linkLocal.addSubnet('fe80::', 10, 'ipv6')
/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
linkLocal.addAddress('fd00:ec2::254', 'ipv6')

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

function isNotLinkLocal(address: string): boolean {
  return !linkLocal.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
