import * as z from 'zod'

export type JsonSchema = Record<string, unknown>

/** Schemas that are named or that contain themselves, for `#/components/schemas`. */
export type Components = Map<string, JsonSchema>

/**
 * A zod schema as JSON Schema 2020-12, the dialect of OpenAPI 3.1, of what callers send (`input`) or get (`output`).
 * Dates are `date-time` strings, and what JSON Schema can't say is left open. Schemas that are referred to are put
 * into `components`.
 */
export function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const { $schema: _, $defs, ...made } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: mapDates })
  const definitions = Object.entries($defs ?? {})
  const isSelfReferring = definitions.length === 0 && JSON.stringify(made).includes('"$ref":"#"')
  if (isSelfReferring) definitions.push(['Node', made])
  if (definitions.length === 0) return made

  const names = new Map<string, string>()
  for (const [name, definition] of definitions) {
    const free = freeName(components, componentName(name))
    names.set(isSelfReferring ? '#' : `#/$defs/${name}`, free)
    // Reserved at once, so that the next one gets another name.
    components.set(free, definition as JsonSchema)
  }
  for (const name of names.values()) components.set(name, withReferences(components.get(name), names) as JsonSchema)
  const rest: unknown = isSelfReferring ? { $ref: '#' } : made
  return withReferences(rest, names) as JsonSchema
}

function mapDates({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes
  jsonSchema: z.core.JSONSchema.BaseSchema
}) {
  if (zodSchema._zod.def.type !== 'date') return
  jsonSchema.type = 'string'
  jsonSchema.format = 'date-time'
}

function componentName(name: string): string {
  const clean = name.replaceAll(/[^\w.-]/g, '_')
  return clean.startsWith('__schema') ? `Shape${clean.slice(8)}` : clean
}

function freeName(components: Components, name: string): string {
  let free = name
  for (let number = 2; components.has(free); number += 1) free = `${name}${number}`
  return free
}

function withReferences(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => withReferences(each, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const name = key === '$ref' && typeof child === 'string' ? names.get(child) : undefined
      return [key, name === undefined ? withReferences(child, names) : `#/components/schemas/${name}`]
    }),
  )
}
