import type { BerReader } from 'ldapts'

/** A search filter as the wire carries it (RFC 4511 §4.5.1.7). Attribute names are in lower case. */
export type LdapFilter =
  | { kind: 'and' | 'or'; filters: readonly LdapFilter[] }
  | { kind: 'not'; filter: LdapFilter }
  | { kind: 'equals'; attribute: string; value: string }
  | { kind: 'substrings'; attribute: string; initial: string; any: readonly string[]; final: string }
  | { kind: 'present'; attribute: string }
  | { kind: 'extensible'; rule: string; attribute: string; value: string }

const tag = { and: 0xa0, or: 0xa1, not: 0xa2, equals: 0xa3, substrings: 0xa4, present: 0x87, extensible: 0xa9 }
const maxDepth = 20

/** Reads the filter at the reader's place. Throws on what this stand-in does not evaluate, such as `>=`. */
export function readFilter(reader: BerReader, depth = 0): LdapFilter {
  if (depth > maxDepth) throw new Error(`The filter is nested deeper than ${maxDepth}`)
  // ldapts parses filters too, but its presence filter reads the wrong bytes (9.2.0).
  switch (reader.peek()) {
    case tag.and:
      return { kind: 'and', filters: readFilters(reader, depth) }
    case tag.or:
      return { kind: 'or', filters: readFilters(reader, depth) }
    case tag.not:
      reader.readSequence()
      return { kind: 'not', filter: readFilter(reader, depth + 1) }
    case tag.equals:
      reader.readSequence()
      return { kind: 'equals', attribute: text(reader).toLowerCase(), value: text(reader) }
    case tag.substrings:
      return readSubstrings(reader)
    case tag.present:
      return { kind: 'present', attribute: text(reader, tag.present).toLowerCase() }
    case tag.extensible:
      return readExtensible(reader)
    default:
      throw new Error(`This filter is not evaluated here: tag ${reader.peek()}`)
  }
}

function readFilters(reader: BerReader, depth: number): LdapFilter[] {
  const end = enter(reader)
  const filters: LdapFilter[] = []
  while (reader.offset < end) filters.push(readFilter(reader, depth + 1))
  return filters
}

function readSubstrings(reader: BerReader): LdapFilter {
  enter(reader)
  const attribute = text(reader).toLowerCase()
  const end = enter(reader)
  const parts = { initial: '', any: [] as string[], final: '' }
  while (reader.offset < end) {
    const part = reader.peek()
    if (part === 0x80) parts.initial = text(reader, part)
    else if (part === 0x81) parts.any.push(text(reader, part))
    else parts.final = text(reader, 0x82)
  }
  return { kind: 'substrings', attribute, ...parts }
}

function readExtensible(reader: BerReader): LdapFilter {
  const end = enter(reader)
  const parts = { rule: '', attribute: '', value: '' }
  while (reader.offset < end) {
    const part = reader.peek()
    if (part === 0x81) parts.rule = text(reader, part)
    else if (part === 0x82) parts.attribute = text(reader, part).toLowerCase()
    else parts.value = text(reader, 0x83)
  }
  return { kind: 'extensible', ...parts }
}

/** Steps into a constructed value and tells where it ends. */
export function enter(reader: BerReader): number {
  reader.readSequence()
  return reader.offset + reader.length
}

/** The octet string at the reader's place, as UTF-8. */
export function text(reader: BerReader, expectedTag?: number): string {
  const value = reader.readString(expectedTag)
  if (value === null) throw new Error('The message ends inside a value')
  return value
}
