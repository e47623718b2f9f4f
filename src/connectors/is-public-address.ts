import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where IPv4 is for networks of IPv6 alone: NAT64 (RFC 6052). */
const nat64 = ipaddr.parseCIDR('64:ff9b::/96')

/**
 * Whether this is the IPv4 or IPv6 address of somebody on the internet. Private, loopback, link-local, shared, multicast
 * and documentation addresses are not; nor is what is no address, has a zone (`fe80::1%eth0`), or is IPv4 in an IPv6
 * spelling (`::ffff:192.0.2.1`).
 *
 * https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6
 */
export function isPublicAddress(text: string): boolean {
  // The library also reads what only some programs take for an address, such as 134744072.
  if (isIP(text) === 0 || text.includes('%')) return false
  const address = ipaddr.parse(text)
  const meant = isIP(text) === 6 && address.match(nat64) ? lastFour(address) : address
  return meant.range() === 'unicast'
}

function lastFour(address: ipaddr.IPv4 | ipaddr.IPv6) {
  return ipaddr.fromByteArray(address.toByteArray().slice(-4))
}
