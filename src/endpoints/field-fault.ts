import type * as z from 'zod'
import type { FieldFault } from './problem.ts'

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

/** More faults than a person would read are not listed. */
const maxFaults = 100

/** How all values are checked: the message of an issue is what was expected, and the issue carries what came. */
export const describeFaults: z.core.ParseContext<Issue> = { error: expected, reportInput: true }

/** The faults of a value whose first key is the part of the request: `['query', 'limit']`. */
export function fieldFaults(error: z.ZodError): FieldFault[] {
  return error.issues
    .flatMap((issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue) : [fault(issue, issue.path)]))
    .slice(0, maxFaults)
}

/** `query limit: expected an integer of at least 1, got a string`. */
export function faultText({ in: part, field, expected, got }: FieldFault): string {
  return `${field === '' ? part : `${part} ${field}`}: expected ${expected}, got ${got}`
}

/** The first three faults, and how many more there are, without a full stop. */
export function faultsText(faults: readonly FieldFault[]): string {
  const more = faults.length > 3 ? [`and ${faults.length - 3} more`] : []
  return [...faults.slice(0, 3).map(faultText), ...more].join('; ')
}

function fault(issue: Issue, path: readonly PropertyKey[], said = issue.message): FieldFault {
  const [part, ...rest] = path
  return { in: partName(part), field: fieldName(rest), expected: said, got: kindOf(issue.input) }
}

function unknownFields(issue: z.core.$ZodIssueUnrecognizedKeys): FieldFault[] {
  return issue.keys.map((key) => ({
    ...fault(issue, [...issue.path, key], 'no field of this name'),
    got: 'a field that is not declared',
  }))
}

function partName(part: PropertyKey | undefined): FieldFault['in'] {
  return part === 'params' || part === 'query' || part === 'headers' ? part : 'body'
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`
    return name === '' ? String(key).slice(0, 100) : `${name}.${String(key).slice(0, 100)}`
  }, '')
}

function kindOf(input: unknown): string {
  if (input === undefined) return 'nothing'
  if (input === null) return 'null'
  if (Array.isArray(input)) return `a list of ${input.length}`
  if (typeof input === 'string')
    return input === '' ? 'an empty string' : `a string of ${input.length} character${input.length === 1 ? '' : 's'}`
  if (typeof input === 'object') return input instanceof Date ? 'a date' : 'an object'
  if (Number.isNaN(input)) return 'not a number'
  return `a ${typeof input}`
}

function expected(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? `a value of type ${issue.expected}`
    case 'too_small':
      return sizeWords(issue.origin, `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`)
    case 'too_big':
      return sizeWords(issue.origin, `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`)
    case 'invalid_format':
      return formatWords(issue)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`
    case 'invalid_union':
      return unionWords(issue.errors)
    default:
      return 'another value'
  }
}

const typeWords: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
  date: 'a date',
  null: 'null',
  bigint: 'an integer',
}

function sizeWords(origin: string, bound: string): string {
  switch (origin) {
    case 'string':
      return `a string of ${bound} characters`
    case 'array':
    case 'set':
      return `a list of ${bound} elements`
    case 'object':
    case 'map':
      return `an object of ${bound} keys`
    default:
      return `a number of ${bound}`
  }
}

function formatWords({ format, pattern, prefix, suffix, includes }: RawIssue & Record<string, unknown>): string {
  if (format === 'regex') return `a string that matches ${String(pattern)}`
  if (format === 'starts_with') return `a string that begins with ${JSON.stringify(prefix)}`
  if (format === 'ends_with') return `a string that ends with ${JSON.stringify(suffix)}`
  if (format === 'includes') return `a string that holds ${JSON.stringify(includes)}`
  return `a string in the form of ${String(format).replaceAll('_', ' ')}`
}

function unionWords(alternatives: readonly (readonly Issue[])[]): string {
  const words = alternatives.flatMap(([first]) => (first === undefined || first.path.length > 0 ? [] : [first.message]))
  return words.length === 0 ? 'one of several shapes' : [...new Set(words)].join(' or ')
}
