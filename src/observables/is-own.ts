import ipaddr from 'ipaddr.js'
import { addressRanges } from './address-ranges.ts'
import { canonicalDomain, canonicalIp, canonicalUrl, isInnerDomain } from './canonical-value.ts'
import type { Observable } from './observables.ts'

/** What is one's own, besides the addresses and domains that can't be anybody else's. */
export interface Own {
  /** Addresses and networks: `203.0.113.7`, `198.51.100.0/24`, `2001:db8::/32`. */
  ranges?: readonly string[]
  /** Domains; whatever is below them is own too: `acme.com`. */
  domains?: readonly string[]
}

/** Whether an observable is one's own. */
export type IsOwn = (observable: Observable) => boolean

/**
 * Says of an observable whether it is one's own: an address in the ranges, or one that is private, loopback, link-local
 * or reserved in any other way; a domain in the domains, or one that can't be public; a URL or an e-mail address at one
 * of these. A host's name without a dot is own. Users, hashes and CVEs never are.
 *
 * Private and reserved: https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6.
 *
 * @param own ranges and domains as `adder check` has found them to be in order.
 */
export function isOwn({ ranges = [], domains = [] }: Own = {}): IsOwn {
  const isInRanges = addressRanges(ranges)
  const names = domains.map((domain) => canonicalDomain(domain) ?? domain.toLowerCase())

  return ({ kind, value }) => {
    if (kind === 'ip' || kind === 'domain') return isOwnHost(value)
    if (kind === 'email') return isOwnHost(value.slice(value.lastIndexOf('@') + 1))
    if (kind !== 'url') return false
    const host = canonicalUrl(value)?.host
    return host !== undefined && isOwnHost(host)
  }

  function isOwnHost(host: string): boolean {
    const address = canonicalIp(host)
    if (address !== undefined) return isOwnAddress(address)
    const name = host.endsWith('.') ? host.slice(0, -1) : host
    if (!name.includes('.') || isInnerDomain(name)) return true
    return names.some((own) => name === own || name.endsWith(`.${own}`))
  }

  function isOwnAddress(address: string): boolean {
    // Every other range than that is for somebody's own use, or for nobody's.
    if (ipaddr.parse(address).range() !== 'unicast') return true
    return isInRanges(address)
  }
}
