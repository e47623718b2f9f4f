import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Whether this is the IPv4 or IPv6 address of somebody on the internet. Private, loopback, link-local, shared, multicast
 * and documentation addresses are not; nor is what is no address, has a zone (`fe80::1%eth0`), or is IPv4 in an IPv6
 * spelling (`::ffff:192.0.2.1`).
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false
  const address = ipaddr.parse(text)
  if (address instanceof ipaddr.IPv6 && address.range() === 'rfc6052') return isPublicIpv4(address)
  return address.range() === 'unicast'
}

/** Behind NAT64 the last four bytes are the IPv4 address that is reached (RFC 6052). */
function isPublicIpv4(address: ipaddr.IPv6): boolean {
  return new ipaddr.IPv4(address.toByteArray().slice(-4)).range() === 'unicast'
}
