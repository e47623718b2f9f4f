import { baseDn } from './acme-directory.ts'
import type { DirectoryEntry } from './directory-entry.ts'
import {
  bindAnswer,
  extendedAnswer,
  type LdapAttribute,
  type LdapRequest,
  type LdapResult,
  refusal,
  searchEnd,
  searchEntry,
  searchReference,
} from './ldap-protocol.ts'
import { constructed, matches, valuesOf } from './matches.ts'

/** What one connection of the stand-in knows. */
export interface DirectorySession {
  isBound: boolean
  isSecure: boolean
  entries: readonly DirectoryEntry[]
  password: string
  maxEntries: number
}

type Search = Extract<LdapRequest, { kind: 'search' }>
type Bind = Extract<LdapRequest, { kind: 'bind' }>

const success: LdapResult = { code: 0 }
const sizeLimitExceeded: LdapResult = { code: 4 }
const notBound: LdapResult = {
  code: 1,
  says: '000004DC: LdapErr: DSID-0C090C78, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4f7c',
}
const needsTls: LdapResult = {
  code: 8,
  says: '00002028: LdapErr: DSID-0C090254, comment: The server requires binds to turn on integrity checking if SSL/TLS are not already active on the connection, data 0, v4f7c',
}

/** The messages that answer a request; none where the protocol has no answer. `failure` is told instead of doing it. */
export function answer(request: LdapRequest, session: DirectorySession, failure: LdapResult | undefined): Buffer[] {
  const { id } = request
  switch (request.kind) {
    case 'bind': {
      const result = failure ?? bind(request, session)
      session.isBound = result.code === 0 && request.dn !== ''
      return [bindAnswer(id, result)]
    }
    case 'bind with SASL':
      return [bindAnswer(id, { code: 7, says: 'Only simple binds are understood' })]
    case 'search':
      return failure === undefined ? search(request, session) : [searchEnd(id, failure)]
    case 'extended':
      return [extendedAnswer(id, { code: 2, says: `No such extended operation: ${request.oid}` })]
    case 'unbind':
    case 'abandon':
      return []
    case 'unknown':
      return [refusal(id, request.operation, { code: 53, says: 'This directory is only read' })]
  }
}

function bind({ dn, password }: Bind, session: DirectorySession): LdapResult {
  if (!session.isSecure) return needsTls
  // An empty password is an anonymous bind, which succeeds and allows nothing (RFC 4513 §5.1.2).
  if (password === '') return success
  const entry = session.entries.find((each) => sameDn(each.dn, dn) || isPrincipal(each, dn))
  if (entry === undefined) return badCredentials('52e')
  const state = stateOf(entry)
  // A lock-out shows with any password; the other states only with the right one.
  if (password !== session.password) return badCredentials(state === '775' ? state : '52e')
  return state === undefined ? success : badCredentials(state)
}

function stateOf(entry: DirectoryEntry): string | undefined {
  const account = Number(valuesOf(entry, 'userAccountControl')[0] ?? 0)
  const computed = Number(valuesOf(entry, 'msDS-User-Account-Control-Computed')[0] ?? 0)
  if (computed & 0x10) return '775'
  if (account & 0x2) return '533'
  return computed & 0x800000 ? '532' : undefined
}

function badCredentials(data: string): LdapResult {
  return {
    code: 49,
    says: `80090308: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data ${data}, v4f7c`,
  }
}

function isPrincipal(entry: DirectoryEntry, name: string): boolean {
  return valuesOf(entry, 'userPrincipalName').some((each) => each.toLowerCase() === name.toLowerCase())
}

function search({ id, base, scope, sizeLimit, filter, attributes }: Search, session: DirectorySession): Buffer[] {
  if (!session.isBound) return [searchEnd(id, notBound)]
  const { entries, maxEntries } = session
  if (!entries.some(({ dn }) => sameDn(dn, base)))
    return [searchEnd(id, { code: 32, says: '0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0' })]

  const limit = sizeLimit === 0 ? maxEntries : Math.min(sizeLimit, maxEntries)
  const all = entries.filter(({ dn }) => isInScope(dn, base, scope)).filter((entry) => matches(entry, filter))
  const told = all.slice(0, limit).map((entry) => searchEntry(id, entry.dn, selected(entry, attributes)))
  // A search from the domain's root also tells where the forest's other trees are.
  const isFromRoot = scope === 'sub' && sameDn(base, baseDn)
  const references = isFromRoot ? [searchReference(id, `ldaps://acme.example/CN=Configuration,${baseDn}`)] : []
  return [...told, ...references, searchEnd(id, all.length > limit ? sizeLimitExceeded : success)]
}

function isInScope(dn: string, base: string, scope: Search['scope']): boolean {
  if (scope === 'base') return sameDn(dn, base)
  const isBelow = normal(dn).endsWith(`,${normal(base)}`)
  if (scope === 'sub') return isBelow || sameDn(dn, base)
  return isBelow && !/(?<!\\),/.test(normal(dn).slice(0, -normal(base).length - 1))
}

function selected(entry: DirectoryEntry, wanted: readonly string[]): LdapAttribute[] {
  const isAll = wanted.length === 0 || wanted.includes('*')
  return Object.entries(entry.attributes)
    .map(([name, values]) => ({ name, values }))
    .filter(({ name, values }) => values.length > 0 && isWanted(name.toLowerCase(), { wanted, isAll }))
}

function isWanted(name: string, { wanted, isAll }: { wanted: readonly string[]; isAll: boolean }): boolean {
  return wanted.includes(name) || (isAll && !constructed.has(name))
}

function sameDn(one: string, other: string): boolean {
  return normal(one) === normal(other)
}

function normal(dn: string): string {
  return dn
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .join(',')
}
