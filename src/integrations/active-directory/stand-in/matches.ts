import type { DirectoryEntry } from './directory-entry.ts'
import type { LdapFilter } from './read-filter.ts'

const bitAnd = '1.2.840.113556.1.4.803'
const bitOr = '1.2.840.113556.1.4.804'

/** Computed when they are read, so no filter finds anything by them ([MS-ADTS] 3.1.1.4.5, constructed attributes). */
export const constructed: ReadonlySet<string> = new Set(['msds-user-account-control-computed'])

/** Whether the filter finds the entry, with Active Directory's rules: case is ignored everywhere. */
export function matches(entry: DirectoryEntry, filter: LdapFilter): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((each) => matches(entry, each))
    case 'or':
      return filter.filters.some((each) => matches(entry, each))
    case 'not':
      return !matches(entry, filter.filter)
    case 'present':
      return searchable(entry, filter.attribute).length > 0
    case 'equals':
      return searchable(entry, filter.attribute).some((value) => equals(filter.attribute, value, filter.value))
    case 'substrings':
      return searchable(entry, filter.attribute).some((value) => holdsInOrder(value, filter))
    case 'extensible':
      return searchable(entry, filter.attribute).some((value) => bitsMatch(value, filter))
  }
}

/** The values of an attribute, whatever the case of its name. */
export function valuesOf({ attributes }: DirectoryEntry, attribute: string): readonly string[] {
  const name = Object.keys(attributes).find((each) => each.toLowerCase() === attribute.toLowerCase())
  return name === undefined ? [] : (attributes[name] ?? [])
}

function searchable(entry: DirectoryEntry, attribute: string): readonly string[] {
  return constructed.has(attribute) ? [] : valuesOf(entry, attribute)
}

function equals(attribute: string, value: string, wanted: string): boolean {
  const lower = value.toLowerCase()
  if (lower === wanted.toLowerCase()) return true
  // Active Directory takes a class's own name for the DN of its schema entry here.
  return attribute === 'objectcategory' && lower.startsWith(`cn=${wanted.toLowerCase()},`)
}

function holdsInOrder(
  value: string,
  { initial, any, final }: { initial: string; any: readonly string[]; final: string },
): boolean {
  const lower = value.toLowerCase()
  if (!lower.startsWith(initial.toLowerCase())) return false
  let from = initial.length
  for (const part of any) {
    const at = lower.indexOf(part.toLowerCase(), from)
    if (at === -1) return false
    from = at + part.length
  }
  return lower.length - from >= final.length && lower.endsWith(final.toLowerCase())
}

function bitsMatch(value: string, { rule, value: mask }: { rule: string; value: string }): boolean {
  const bits = BigInt(value) & BigInt(mask)
  if (rule === bitAnd) return bits === BigInt(mask)
  if (rule === bitOr) return bits !== 0n
  throw new Error(`This matching rule is not evaluated here: ${rule}`)
}
