import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import { parse } from 'tldts'

const maxDomainLength = 253
const maxUrlLength = 2048
const webScheme = /^(?:https?|ftps?):\/\//i
/** Suffixes that are far more often those of a file's name. */
const fileSuffixes = new Set(['md', 'mov', 'py', 'sh', 'zip'])
/** Promised never to be public, by ICANN or by the years in which nobody could get them. */
const innerSuffixes = new Set(['internal', 'corp', 'home', 'lan'])
/** Stands in a name whose form in ASCII may be another. */
const foreign = /[^a-z0-9._-]/
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/
const asHost = { allowPrivateDomains: false, detectIp: false, detectSpecialUse: true, extractHostname: false }

/**
 * An IP address in the one form that it has among many: `2001:db8::1`, without a zone, and an IPv4 address that is
 * written as IPv6 as IPv4. Undefined where it is none.
 */
export function canonicalIp(text: string): string | undefined {
  const version = isIP(text)
  if (version === 0) return undefined
  if (version === 4) return text
  const [address = ''] = text.split('%', 1)
  const shortest = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1)
  return shortest?.startsWith('::ffff:') ? ipaddr.process(shortest).toString() : shortest
}

/**
 * A host's name below a public suffix, or below one that is reserved or never public (`acme.internal`): in small
 * letters, in ASCII and without the dot at its end. Undefined where it is none.
 *
 * https://publicsuffix.org (its ICANN section)
 */
export function canonicalDomain(text: string): string | undefined {
  if (text.length > maxDomainLength || !text.includes('.')) return undefined
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const host = foreign.test(name) ? domainToASCII(name) : name
  if (!host.split('.').every((part) => label.test(part))) return undefined
  const { domain, isIcann, isSpecialUse, publicSuffix } = parse(host, asHost)
  const isKnown = isIcann === true || isSpecialUse === true || innerSuffixes.has(publicSuffix ?? '')
  return domain !== null && isKnown ? host : undefined
}

/**
 * Whether a canonical domain can't be a public one: reserved (`acme.local`, `acme.example`), or with a suffix that
 * exists in nobody's network but one's own (`acme.internal`, `acme.corp`).
 *
 * https://www.iana.org/assignments/special-use-domain-names
 */
export function isInnerDomain(domain: string): boolean {
  const { isSpecialUse, publicSuffix } = parse(domain, asHost)
  if (publicSuffix === 'onion') return false
  return isSpecialUse === true || innerSuffixes.has(publicSuffix ?? '')
}

/** As `canonicalDomain`, and undefined for what is more likely the name of a file: `readme.md`. */
export function canonicalBareDomain(text: string): string | undefined {
  const domain = canonicalDomain(text)
  const [, suffix = '', ...more] = domain?.split('.') ?? []
  return more.length === 0 && fileSuffixes.has(suffix) ? undefined : domain
}

/** A URL of the web, and its host; `href` is undefined where it is longer than 2,048 characters. */
export interface CanonicalUrl {
  href: string | undefined
  host: string
}

/**
 * A `http`, `https`, `ftp` or `ftps` URL as browsers spell it, without the name and password that may be in it, which
 * change nothing about where it leads. Undefined where it is none.
 *
 * https://url.spec.whatwg.org
 */
export function canonicalUrl(text: string): CanonicalUrl | undefined {
  if (!webScheme.test(text)) return undefined
  const url = URL.parse(text)
  if (url === null || url.hostname === '') return undefined
  // Setting either has the whole URL written anew.
  if (url.username !== '') url.username = ''
  if (url.password !== '') url.password = ''
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return { href: url.href.length > maxUrlLength ? undefined : url.href, host }
}

/** A value that is a URL, an address or a domain in its canonical form, and any other as it is. */
export function canonicalValue(value: string): string {
  return canonicalUrl(value)?.href ?? canonicalIp(value) ?? canonicalDomain(value) ?? value
}
