import * as z from 'zod'

/** Turns what an address or a header holds for a field into what its schema reads. */
export type ReadText = (value: string | readonly string[]) => unknown

const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * How text is read for a schema, decided once: numbers and booleans from their spelling, a single value as a list of
 * one where a list is asked for. What can't be read stays text, for the schema to refuse in its own words.
 */
export function readTextFor(schema: z.core.$ZodType): ReadText {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodArray) {
    const readElement = readTextFor(inner.element)
    return (value) => (typeof value === 'string' ? [value] : value).map((each) => readElement(each))
  }
  if (inner instanceof z.ZodNumber) return (value) => (isText(value) && decimal.test(value) ? Number(value) : value)
  if (inner instanceof z.ZodBoolean) return readBoolean
  if (inner instanceof z.ZodLiteral) {
    const values: readonly unknown[] = [...inner.values]
    return (value) => values.find((each) => String(each) === value) ?? value
  }
  return (value) => value
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  )
    return unwrap(schema.def.innerType)
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in)
  return schema
}

function isText(value: string | readonly string[]): value is string {
  return typeof value === 'string'
}

function readBoolean(value: string | readonly string[]): unknown {
  if (value === 'true') return true
  return value === 'false' ? false : value
}
