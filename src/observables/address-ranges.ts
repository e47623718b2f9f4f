import { BlockList, isIPv4 } from 'node:net'

/**
 * Whether an address is one of these, or in one of these networks.
 *
 * @param ranges IPv4 and IPv6, as `adder check` has found them to be in order: `203.0.113.7`, `2001:db8::/32`.
 */
export function addressRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address) => list.check(address, familyOf(address))
}

function familyOf(address: string) {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}
