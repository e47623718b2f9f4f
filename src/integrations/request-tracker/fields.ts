import { ConnectorInputInvalid } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { RtTicket } from './schema.ts'

/** RT keeps so many bytes of a subject, in UTF-8. */
const maxSubjectBytes = 200

/** A summary as RT keeps it: one line, cut with an ellipsis; empty where there is nothing to read in it. */
export function subjectLine(summary: string): string {
  const line = oneLine(summary, maxSubjectBytes)
  if (Buffer.byteLength(line) <= maxSubjectBytes) return line
  let left = maxSubjectBytes - Buffer.byteLength('…')
  const kept = [...line.replace(/…$/, '')].filter((character) => {
    left -= Buffer.byteLength(character)
    return left >= 0
  })
  return `${kept.join('')}…`
}

/** Fields as people write them, in the form that RT takes them. */
export interface RtFields {
  /** Fields that every ticket has, by RT's names. */
  own: Record<string, string | number>
  /** The values of custom fields, by name. */
  custom: Record<string, readonly string[]>
}

/** What each field that every ticket has is made of what people write, and when it is already so. */
const ownFields: Record<
  string,
  { read(value: unknown): string | number | undefined; isSame(present: unknown, wanted: string | number): boolean }
> = {
  Subject: {
    read: (value) => (typeof value === 'string' ? subjectLine(value) : undefined) || undefined,
    isSame: (present, wanted) => present === wanted,
  },
  Owner: {
    read: (value) => (typeof value === 'string' ? value.trim() : undefined) || undefined,
    isSame: (present, wanted) => nameOf(present)?.toLowerCase() === String(wanted).toLowerCase(),
  },
  Priority: { read: wholeNumber, isSame: isSameNumber },
  FinalPriority: { read: wholeNumber, isSame: isSameNumber },
  Starts: { read: time, isSame: isSameTime },
  Due: { read: time, isSame: isSameTime },
}

/**
 * Fields by name, in any case: `Subject`, `Owner` (a user's name), `Priority` and `FinalPriority` (whole numbers),
 * `Starts` and `Due` (ISO 8601), and the custom fields that there are. A custom field takes a text, a number, a boolean,
 * or a list of texts; an empty list empties it.
 *
 * Throws `ConnectorInputInvalid` for a name that no field has, and for a value that the field can't have.
 */
export function readFields(fields: Record<string, unknown>, customFields: readonly string[]): RtFields {
  const read: RtFields = { own: {}, custom: {} }
  for (const [name, value] of Object.entries(fields)) {
    const custom = customFields.find((each) => isSameName(each, name))
    const own = ownFieldNamed(name)
    if (custom !== undefined) read.custom[custom] = customValues(custom, value)
    else if (own !== undefined) read.own[own] = ownValue(own, value)
    else throw new ConnectorInputInvalid(unknownField(name))
  }
  return read
}

/** Whether every ticket has a field of this name, in any case. */
export function isOwnField(name: string): boolean {
  return ownFieldNamed(name) !== undefined
}

function ownFieldNamed(name: string): string | undefined {
  return Object.keys(ownFields).find((each) => isSameName(each, name))
}

function unknownField(name: string): string {
  const also = isSameName(name, 'Status') ? '; move a ticket to a status with a transition' : ''
  const known = Object.keys(ownFields).join(', ')
  return `Request Tracker: no field is called ${JSON.stringify(name)} in this queue, or Adder's account can't see it${also}. Besides custom fields there are ${known}`
}

function ownValue(name: string, value: unknown): string | number {
  const read = ownFields[name]?.read(value)
  if (read === undefined)
    throw new ConnectorInputInvalid(`Request Tracker: the field ${name} can't have the value ${JSON.stringify(value)}`)
  return read
}

function customValues(name: string, value: unknown): readonly string[] {
  const values = Array.isArray(value) ? value : [value]
  if (values.every((each) => ['string', 'number', 'boolean'].includes(typeof each)))
    return values.map(String).filter((each) => each !== '')
  throw new ConnectorInputInvalid(
    `Request Tracker: the custom field ${JSON.stringify(name)} takes a text, a number or a list of texts`,
  )
}

/** The body of a request that sets the fields. A list also where one value is meant: RT takes its first then. */
export function fieldsBody({ own, custom }: RtFields): Record<string, unknown> {
  return { ...own, ...(Object.keys(custom).length === 0 ? {} : { CustomFields: custom }) }
}

/** The names of the fields that are not as wanted. */
export function differing(present: RtTicket, { own, custom }: RtFields): string[] {
  const otherOwn = Object.entries(own).filter(([name, wanted]) => !ownFields[name]?.isSame(present[name], wanted))
  const otherCustom = Object.entries(custom).filter(([name, wanted]) => !isSameList(valuesOf(present, name), wanted))
  return [...otherOwn, ...otherCustom].map(([name]) => name)
}

/** A ticket's values of a custom field; none where it has no such field. */
export function valuesOf({ CustomFields }: RtTicket, name: string): readonly string[] {
  return CustomFields.find((each) => isSameName(each.name, name))?.values ?? []
}

/** What a ticket holds: the fields that every ticket has as RT tells them, and lists of values of the custom fields. */
export function fieldsOf(ticket: RtTicket): Record<string, unknown> {
  const own = Object.keys(ownFields).map((name) => [name, nameOf(ticket[name]) ?? ticket[name]])
  return Object.fromEntries([...own, ...ticket.CustomFields.map(({ name, values }) => [name, values])])
}

export function isSameName(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

/** RT trims values, and writes line breaks in its own way. */
function isSameList(present: readonly string[], wanted: readonly string[]): boolean {
  const plain = (list: readonly string[]) => list.map((each) => each.replaceAll('\r\n', '\n').trim()).toSorted()
  return JSON.stringify(plain(present)) === JSON.stringify(plain(wanted))
}

function nameOf(user: unknown): string | undefined {
  return typeof user === 'object' && user !== null && 'id' in user && typeof user.id === 'string' ? user.id : undefined
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

function isSameNumber(present: unknown, wanted: string | number): boolean {
  return Number(present) === wanted
}

/** To the second, as RT keeps it. */
function time(value: unknown): string | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function isSameTime(present: unknown, wanted: string | number): boolean {
  return typeof present === 'string' && Date.parse(present) === Date.parse(String(wanted))
}
