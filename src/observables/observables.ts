import { canonicalBareDomain, canonicalDomain, canonicalIp, canonicalUrl } from './canonical-value.ts'
import { refang } from './refang.ts'

/** The kinds of values worth asking about. `ip` is IPv4 and IPv6. */
export type ObservableKind = 'user' | 'ip' | 'domain' | 'url' | 'email' | 'md5' | 'sha1' | 'sha256' | 'cve'

export interface Observable {
  kind: ObservableKind
  value: string
}

/** The names under which senders give a user, in any case. */
const userFields = new Set([
  'user',
  'username',
  'user_name',
  'src_user',
  'dest_user',
  'account',
  'account_name',
  'samaccountname',
])

const hashLengths: Record<number, ObservableKind> = { 32: 'md5', 40: 'sha1', 64: 'sha256' }
const hash = /(?<![0-9a-z])[0-9a-f]{32}(?:[0-9a-f]{8}(?:[0-9a-f]{24})?)?(?![0-9a-z])/gi
const cve = /(?<![0-9a-z])CVE[-\u2010-\u2013]\d{4}[-\u2010-\u2013]\d{4,19}(?!\d)/gi
const dash = /[\u2010-\u2013]/g
const userLine = /^[ \t|*]*(?:user|username|account)[ \t*]*[:=|][ \t]*([^\s|,;]{1,256})/gim
/** Up to a space or a quotation mark, or up to the next of a list. */
const url = /(?:https?|ftps?):\/\/(?:[^\s<>"`{}|\\^,]|,(?!(?:https?|ftps?):))+/gi
/** What addresses and the names of hosts and mailboxes are made of, with the slash between it and a name. */
const word = /(?:(?<=[A-Za-z])\/)?[\p{L}\p{M}\p{N}._:%+@'-]+/gu
/** `Chrome/120.0.0.0` has the form of an address, and stands in every browser's name. */
const version = /^\/[\d.]+$/
/** Every address, domain and URL has one of these. */
const mark = /[.:@]/
/** Stand at the end of a sentence, and not at that of a URL. */
const closing = new Set('.,;:!?\'")]*_~>')
const trimmed = new Set(".:'-_%+")
const localPart = /^[\w.%+'-]{1,64}$/

/** At most this many values of one kind are asked about for one ticket. */
export const maxPerKind = 20
/** At most so many different words of one alert are taken for addresses, so that a hostile one costs no time. */
const maxWords = 10_000
const maxUserLength = 256
const maxDepth = 32
const maxIpLength = 64

/** The values to ask about, and how many more of each kind there are than are asked about for one ticket. */
export interface BoundedObservables {
  observables: Observable[]
  /** Of the first 10,000 words that look like an address, a domain or a URL; hashes, users and CVEs are all counted. */
  more: ReadonlyMap<ObservableKind, number>
}

/**
 * The values in an alert: users by the name of their field, all others wherever they stand, also where they are
 * defanged; see docs/observables.md. Each once and in its canonical form, in order; at most 20 of one kind.
 */
export function observablesOf(alert: unknown): Observable[] {
  return boundedObservablesOf(alert).observables
}

/**
 * The values in what a person wrote: users on a line of their own (`user: mlisa`), all others wherever they stand. At
 * most 20 of one kind.
 */
export function observablesIn(text: string): Observable[] {
  return boundedObservablesIn(text).observables
}

/** Of what a person wrote, only the users on a line of their own. At most 20. */
export function usersIn(text: string): Observable[] {
  const collected = new Collected()
  collectUsers(text, collected)
  return collected.bounded().observables
}

/** As `observablesOf`, with how many were left out. */
export function boundedObservablesOf(alert: unknown): BoundedObservables {
  const collected = new Collected()
  collect(alert, { field: '', depth: 0, collected })
  return collected.bounded()
}

/** As `observablesIn`, with how many were left out. */
export function boundedObservablesIn(text: string): BoundedObservables {
  const collected = new Collected()
  collectUsers(text, collected)
  collectFrom(text, collected)
  return collected.bounded()
}

/** As `observablesOf`, and all of them. */
export function everyObservable(value: unknown): Observable[] {
  const collected = new Collected()
  collect(value, { field: '', depth: 0, collected })
  return collected.all()
}

function collect(
  value: unknown,
  { field, depth, collected }: { field: string; depth: number; collected: Collected },
): void {
  if (depth > maxDepth) return
  if (typeof value === 'string') {
    const isUser = userFields.has(field.toLowerCase())
    if (isUser) collected.addUser(value)
    // A user's name may look like a domain's (`j.me`), and yet is none.
    if (!isUser || value.includes('@')) collectFrom(value, collected)
    return
  }
  if (Array.isArray(value)) {
    for (const each of value) collect(each, { field, depth: depth + 1, collected })
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) collect(each, { field: name, depth: depth + 1, collected })
  }
}

function collectUsers(text: string, collected: Collected): void {
  for (const [, user] of text.matchAll(userLine)) collected.addUser(user ?? '')
}

/** All kinds but users. No step here looks at a character more often than a fixed number of times. */
function collectFrom(text: string, collected: Collected): void {
  const whole = refang(text)
  for (const found of whole.match(hash) ?? []) {
    const kind = hashLengths[found.length]
    if (kind !== undefined) collected.add(kind, found.toLowerCase())
  }
  for (const found of whole.match(cve) ?? []) collected.add('cve', found.toUpperCase().replaceAll(dash, '-'))
  if (!mark.test(whole)) return
  const rest = whole.replaceAll(url, (found) => {
    collectUrl(found, collected)
    return ' '
  })
  for (const found of rest.match(word) ?? []) {
    if (!mark.test(found) || version.test(found)) continue
    const name = found.startsWith('/') ? found.slice(1) : found
    if (!collected.isNewWord(name)) continue
    if (name.includes('@')) collectMail(name, collected)
    else collectHosts(name, collected)
  }
}

/** A URL, and its host. */
function collectUrl(text: string, collected: Collected): void {
  if (!collected.isNewWord(text)) return
  const found = canonicalUrl(withoutClosing(text))
  if (found === undefined) return
  const host = canonicalIp(found.host)
  const domain = host === undefined ? canonicalDomain(found.host) : undefined
  if (found.href !== undefined) collected.add('url', found.href)
  if (host !== undefined) collected.add('ip', host)
  if (domain !== undefined) collected.add('domain', domain)
}

/** Without what ends the sentence; a closing bracket that was opened in the URL belongs to it. */
function withoutClosing(text: string): string {
  let end = text.length
  const opened = (text.match(/\(/g)?.length ?? 0) - (text.match(/\)/g)?.length ?? 0)
  for (let spare = opened; end > 0 && closing.has(text[end - 1] ?? ''); end -= 1) {
    if (text[end - 1] === ')' && spare >= 0) break
    if (text[end - 1] === ')') spare += 1
  }
  return text.slice(0, end)
}

/** Each e-mail address in a word, and its domain: `mailto:mlisa@acme.com`. */
function collectMail(text: string, collected: Collected): void {
  const parts = text.split('@')
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1] ?? ''
    if (before === '' || !part.includes('.') || !collected.isNewPart(`${before}@${part}`)) continue
    const local = trim(before.slice(before.lastIndexOf(':') + 1))
    const [host = ''] = part.split(':', 1)
    const domain = localPart.test(local) ? canonicalDomain(trim(host)) : undefined
    if (domain === undefined) continue
    collected.add('email', `${local.toLowerCase()}@${domain}`)
    collected.add('domain', domain)
  }
}

/** An address, or the addresses and domains between colons: `src:192.0.2.1:443`. */
function collectHosts(text: string, collected: Collected): void {
  const ip = ipv6In(text)
  if (ip !== undefined) collected.add('ip', ip)
  for (const part of ip === undefined ? text.split(':') : []) {
    if (!part.includes('.') || !collected.isNewPart(part)) continue
    const host = trim(part)
    const address = canonicalIp(host)
    if (address !== undefined) collected.add('ip', address)
    const domain = address === undefined ? canonicalBareDomain(host) : undefined
    if (domain !== undefined) collected.add('domain', domain)
  }
}

/** The whole word, or what follows its first colon: `src:2001:db8::1`. A time (`12:30`) is none, nor is `ab::cd`. */
function ipv6In(text: string): string | undefined {
  const isLikely = text.length <= maxIpLength && text.indexOf(':') !== text.lastIndexOf(':') && /\d/.test(text)
  if (!isLikely) return undefined
  const whole = text.endsWith('::') ? text : trim(text, { isStartKept: true })
  return canonicalIp(whole) ?? canonicalIp(whole.slice(whole.indexOf(':') + 1))
}

function trim(text: string, { isStartKept = false } = {}): string {
  let [start, end] = [0, text.length]
  while (!isStartKept && start < end && trimmed.has(text[start] ?? '')) start += 1
  while (end > start && trimmed.has(text[end - 1] ?? '')) end -= 1
  return text.slice(start, end)
}

class Collected {
  readonly #byKind = new Map<ObservableKind, Set<string>>()
  readonly #words = new Set<string>()
  readonly #parts = new Set<string>()

  /** Whether this word is to be looked at: it was not before, and not too many were. */
  isNewWord(word: string): boolean {
    return addNew(this.#words, word)
  }

  /** The same of a part of a word, which may have as many of them as it likes. */
  isNewPart(part: string): boolean {
    return addNew(this.#parts, part)
  }

  addUser(text: string): void {
    const user = text.trim()
    if (user !== '' && user.length <= maxUserLength) this.add('user', user)
  }

  add(kind: ObservableKind, value: string): void {
    const values = this.#byKind.get(kind) ?? new Set()
    this.#byKind.set(kind, values)
    values.add(value)
  }

  all(): Observable[] {
    return [...this.#byKind].flatMap(([kind, values]) => [...values].map((value) => ({ kind, value })))
  }

  bounded(): BoundedObservables {
    const observables: Observable[] = []
    const more = new Map<ObservableKind, number>()
    for (const [kind, values] of this.#byKind) {
      for (const value of [...values].slice(0, maxPerKind)) observables.push({ kind, value })
      if (values.size > maxPerKind) more.set(kind, values.size - maxPerKind)
    }
    return { observables, more }
  }
}

function addNew(seen: Set<string>, text: string): boolean {
  if (seen.has(text) || seen.size >= maxWords) return false
  seen.add(text)
  return true
}
