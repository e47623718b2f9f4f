import { Ber, BerReader, BerWriter, ProtocolOperation } from 'ldapts'
import { enter, type LdapFilter, readFilter, text } from './read-filter.ts'

export type Scope = 'base' | 'one' | 'sub'

/** A request as the wire carries it (RFC 4511 §4), as far as this stand-in understands it. */
export type LdapRequest = { id: number } & (
  | { kind: 'bind'; dn: string; password: string }
  | { kind: 'bind with SASL' }
  | {
      kind: 'search'
      base: string
      scope: Scope
      sizeLimit: number
      filter: LdapFilter
      /** In lower case. */
      attributes: readonly string[]
    }
  | { kind: 'unbind' }
  | { kind: 'abandon' }
  | { kind: 'extended'; oid: string }
  | { kind: 'unknown'; operation: number }
)

export interface LdapResult {
  code: number
  /** The server's own words. */
  says?: string
}

export interface LdapAttribute {
  name: string
  values: readonly string[]
}

export const startTlsOid = '1.3.6.1.4.1.1466.20037'

const maxMessageBytes = 1024 * 1024
const scopes: readonly Scope[] = ['base', 'one', 'sub']

/** The first whole request in the bytes and what follows it; undefined while it is not whole yet. */
export function takeRequest(bytes: Buffer): { request: LdapRequest; rest: Buffer } | undefined {
  const reader = new BerReader(bytes)
  if (reader.readSequence(Ber.Sequence | Ber.Constructor) === null) return undefined
  if (reader.length > maxMessageBytes) throw new Error(`The message is larger than ${maxMessageBytes} bytes`)
  if (reader.remain < reader.length) return undefined
  const end = reader.offset + reader.length
  return { request: readRequest(new BerReader(bytes.subarray(reader.offset, end))), rest: bytes.subarray(end) }
}

function readRequest(reader: BerReader): LdapRequest {
  const id = reader.readInt() ?? 0
  const operation = reader.peek() ?? 0
  enter(reader)
  switch (operation) {
    case ProtocolOperation.LDAP_REQ_BIND:
      return { id, ...readBind(reader) }
    case ProtocolOperation.LDAP_REQ_SEARCH:
      return { id, ...readSearch(reader) }
    case ProtocolOperation.LDAP_REQ_UNBIND:
      return { id, kind: 'unbind' }
    case ProtocolOperation.LDAP_REQ_ABANDON:
      return { id, kind: 'abandon' }
    case ProtocolOperation.LDAP_REQ_EXTENSION:
      return { id, kind: 'extended', oid: text(reader, 0x80) }
    default:
      return { id, kind: 'unknown', operation }
  }
}

function readBind(reader: BerReader) {
  const version = reader.readInt()
  if (version !== 3) throw new Error(`LDAP version ${version} is not spoken here`)
  const dn = text(reader)
  if (reader.peek() !== Ber.Context) return { kind: 'bind with SASL' } as const
  return { kind: 'bind', dn, password: text(reader, Ber.Context) } as const
}

function readSearch(reader: BerReader) {
  const base = text(reader)
  const scope = scopes[reader.readEnumeration() ?? -1]
  if (scope === undefined) throw new Error('This search scope is not known here')
  reader.readEnumeration() // how aliases are followed: a directory of this kind has none
  const sizeLimit = reader.readInt() ?? 0
  reader.readInt() // the time limit
  reader.readBoolean() // types only, which nobody asks for
  const filter = readFilter(reader)
  const attributes: string[] = []
  const end = enter(reader)
  while (reader.offset < end) attributes.push(text(reader).toLowerCase())
  return { kind: 'search', base, scope, sizeLimit, filter, attributes } as const
}

export function bindAnswer(id: number, result: LdapResult): Buffer {
  return message(id, ProtocolOperation.LDAP_RES_BIND, (writer) => writeResult(writer, result))
}

export function searchEnd(id: number, result: LdapResult): Buffer {
  return message(id, ProtocolOperation.LDAP_RES_SEARCH, (writer) => writeResult(writer, result))
}

export function extendedAnswer(id: number, result: LdapResult): Buffer {
  return message(id, ProtocolOperation.LDAP_RES_EXTENSION, (writer) => writeResult(writer, result))
}

/** The answer to a request of this kind: for all kinds of requests, the answer's tag is the request's and one. */
export function refusal(id: number, requestTag: number, result: LdapResult): Buffer {
  return message(id, (requestTag | Ber.Constructor) + 1, (writer) => writeResult(writer, result))
}

export function searchEntry(id: number, dn: string, attributes: readonly LdapAttribute[]): Buffer {
  return message(id, ProtocolOperation.LDAP_RES_SEARCH_ENTRY, (writer) => {
    writer.writeString(dn)
    writer.startSequence()
    for (const { name, values } of attributes) {
      writer.startSequence()
      writer.writeString(name)
      writer.startSequence(ProtocolOperation.LBER_SET)
      for (const value of values) writer.writeString(value)
      writer.endSequence()
      writer.endSequence()
    }
    writer.endSequence()
  })
}

/** Where the rest of the tree can be found. */
export function searchReference(id: number, url: string): Buffer {
  return message(id, ProtocolOperation.LDAP_RES_SEARCH_REF, (writer) => writer.writeString(url))
}

function writeResult(writer: BerWriter, { code, says = '' }: LdapResult): void {
  writer.writeEnumeration(code)
  writer.writeString('')
  writer.writeString(says)
}

function message(id: number, tag: number, write: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(tag)
  write(writer)
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}
