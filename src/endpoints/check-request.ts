import * as z from 'zod'
import type { Endpoint, Fields } from './endpoint.ts'
import { describeFaults, faultsText, fieldFaults } from './field-fault.ts'
import type { FieldFault } from './problem.ts'
import { problem } from './problem-types.ts'
import { type ReadText, readTextFor } from './read-text.ts'

export interface RequestParts {
  params: Readonly<Record<string, string | undefined>>
  query: Readonly<Record<string, string | string[] | undefined>>
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The parsed JSON body; undefined where there is none. */
  body: unknown
}

export interface CheckedParts {
  params: unknown
  query: unknown
  headers: unknown
  body: unknown
}

type Read = (part: Readonly<Record<string, string | readonly string[] | undefined>>) => Record<string, unknown>

/**
 * The check of an endpoint's requests, compiled once. It looks at all parts in one pass, and throws one 400
 * `endpoint.invalid_request` that names every wrong field of every part.
 */
export function requestCheck({ params, query, headers, body }: Endpoint): (parts: RequestParts) => CheckedParts {
  const schema = z.object({
    params: z.object(params ?? {}),
    query: query === undefined ? z.unknown() : z.strictObject(query),
    headers: z.object(headers ?? {}),
    body: body instanceof z.ZodType ? body : z.unknown(),
  })
  const readParams = reader(params)
  const readQuery = reader(query, { keepsOthers: true })
  const readHeaders = reader(headers)

  return (parts) => {
    const checked = schema.safeParse(
      {
        params: readParams(parts.params),
        query: query === undefined ? {} : readQuery(parts.query),
        headers: readHeaders(parts.headers),
        body: parts.body,
      },
      describeFaults,
    )
    if (!checked.success) throw invalidRequest(fieldFaults(checked.error))
    // A key whose schema is unknown is optional in the type and always there in fact.
    return checked.data as CheckedParts
  }
}

export function invalidRequest(errors: readonly FieldFault[]) {
  const detail = `${faultsText(errors)}.`
  return problem('endpoint.invalid_request', detail.charAt(0).toUpperCase() + detail.slice(1), { errors })
}

/** Picks and reads the declared fields; others come along only where they are to be refused. */
function reader(fields: Fields = {}, { keepsOthers = false } = {}): Read {
  const readers: [string, ReadText][] = Object.entries(fields).map(([name, schema]) => [name, readTextFor(schema)])
  return (part) => {
    const read: Record<string, unknown> = keepsOthers ? { ...part } : {}
    for (const [name, readText] of readers) {
      const value = part[name]
      if (value !== undefined) read[name] = readText(value)
    }
    return read
  }
}
