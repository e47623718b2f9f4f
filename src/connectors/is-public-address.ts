import { BlockList, isIP } from 'node:net'

/** https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast (RFC 5771). */
const special4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const

/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies within `unicast`. */
const special6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const

/** What is given out as addresses on the internet (RFC 4291, 2.4), and IPv4 behind NAT64 (RFC 6052). */
const unicast = new BlockList()
unicast.addSubnet('2000::', 3, 'ipv6')
unicast.addSubnet('64:ff9b::', 96, 'ipv6')

const special = new BlockList()
for (const [net, prefix] of special6) special.addSubnet(net, prefix, 'ipv6')
for (const [net, prefix] of special4) {
  special.addSubnet(net, prefix, 'ipv4')
  special.addSubnet(`64:ff9b::${net}`, 96 + prefix, 'ipv6')
}

/**
 * Whether this is the IPv4 or IPv6 address of somebody on the internet. Private, loopback, link-local, shared, multicast
 * and documentation addresses are not; nor is what is no address, has a zone (`fe80::1%eth0`), or is IPv4 in an IPv6
 * spelling (`::ffff:192.0.2.1`).
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 4) return !special.check(text, 'ipv4')
  return isIP(text) === 6 && !text.includes('%') && unicast.check(text, 'ipv6') && !special.check(text, 'ipv6')
}
