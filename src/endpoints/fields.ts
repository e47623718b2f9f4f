import * as z from 'zod'

export interface Bounds {
  /** Inclusive. */
  min?: number
  /** Inclusive. */
  max?: number
}

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/*
 * The fields are zod schemas: chain `.optional()`, `.default(…)`, `.describe(…)` or mix them with schemas of your own.
 * In params, query and headers, where everything arrives as text, "12" is read for a number, "true" and "false" for a
 * boolean, and a repeated key for a list.
 */

/** A text of `min` to `max` UTF-16 code units; without bounds of any length. */
export function string({ min, max }: Bounds = {}): z.ZodString {
  const error = withBounds('a string', { min, max }, ' characters')
  return bounded(z.string({ error }), { min, max }, error)
}

/** A whole number within ±(2^53 − 1). */
export function integer({ min, max }: Bounds = {}): z.ZodInt {
  const error = withBounds('an integer', { min, max })
  return bounded(z.int({ error }), { min, max }, error)
}

/** A finite number. */
export function number({ min, max }: Bounds = {}): z.ZodNumber {
  const error = withBounds('a number', { min, max })
  return bounded(z.number({ error }), { min, max }, error)
}

export function boolean(): z.ZodBoolean {
  return z.boolean({ error: 'true or false' })
}

/** A calendar date, kept as its text because it belongs to no time zone: `2026-11-24`. */
export function date(): z.ZodISODate {
  return z.iso.date({ error: 'a date such as 2026-11-24' })
}

/**
 * A moment. Given as ISO 8601 with its offset (`2026-11-24T08:00:00Z`), handed to the endpoint as a `Date`; an output
 * may be either and is sent as ISO 8601 in UTC.
 */
export function dateTime() {
  const error = 'a date and time with its offset, such as 2026-11-24T08:00:00Z'
  return z
    .custom<Date | string>(isDateTime, { error })
    .transform((value) => new Date(value))
    .meta({ type: 'string', format: 'date-time' })
}

/** One of the given texts. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.map((each) => `"${each}"`).join(', ')}` })
}

/**
 * A text that a regular expression matches.
 *
 * @param expected what it is, in the words that a caller is told: `a directory user name`.
 */
export function pattern(expression: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(expression, { error: expected })
}

/** A list of `min` to `max` elements. */
export function list<Element extends z.ZodType>(element: Element, { min, max }: Bounds = {}): z.ZodArray<Element> {
  const error = withBounds('a list', { min, max }, ' elements')
  return bounded(z.array(element, { error }), { min, max }, error)
}

/** An object with these fields; others are dropped. */
export function nested<const Fields extends Record<string, z.ZodType>>(fields: Fields) {
  return z.object(fields, { error: 'an object' })
}

/** Any JSON value, as it is. */
export function json() {
  return z.custom<JsonValue>((value) => value !== undefined, { error: 'a JSON value' })
}

const isoDateTime = z.iso.datetime({ offset: true })

function isDateTime(value: unknown): boolean {
  return value instanceof Date ? !Number.isNaN(value.getTime()) : isoDateTime.safeParse(value).success
}

interface HasBounds<Schema> {
  min(bound: number, params: { error: string }): Schema
  max(bound: number, params: { error: string }): Schema
}

type LooseBounds = { min: number | undefined; max: number | undefined }

function bounded<Schema extends HasBounds<Schema>>(schema: Schema, { min, max }: LooseBounds, error: string): Schema {
  const atLeast = min === undefined ? schema : schema.min(min, { error })
  return max === undefined ? atLeast : atLeast.max(max, { error })
}

function withBounds(what: string, { min, max }: LooseBounds, unit = ''): string {
  if (min !== undefined && max !== undefined)
    return `${what} ${unit ? 'of' : 'between'} ${min} ${unit ? 'to' : 'and'} ${max}${unit}`
  if (min !== undefined) return `${what} of at least ${min}${unit}`
  if (max !== undefined) return `${what} of at most ${max}${unit}`
  return what
}
