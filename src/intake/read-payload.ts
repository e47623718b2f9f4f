import type { IncomingHttpHeaders } from 'node:http'
import * as z from 'zod'
import { describeFaults, faultsText, fieldFaults } from '../endpoints/field-fault.ts'
import { isJsonType } from '../endpoints/json-type.ts'
import { parseJson } from '../endpoints/parse-json.ts'
import { type FieldFault, Problem } from '../endpoints/problem.ts'
import { problem } from '../endpoints/problem-types.ts'
import type { DeliveryCheck } from './delivery.ts'
import type { SourceDefinition } from './source.ts'

/** What a delivery's body says: `said` is the parsed JSON, or the text where it could not be parsed. */
export type Reading =
  | { kind: 'read'; said: unknown; payload: unknown }
  | { kind: 'unreadable'; said: unknown; check: DeliveryCheck; problem: Problem }

/** Reads the body of a delivery: its content type, its JSON, its shape. */
export type ReadPayload = (headers: IncomingHttpHeaders, body: Buffer) => Reading

/** Reads payloads of one source. Never throws: what can't be read is a problem that names no value of it. */
export function payloadReader({
  schema: shape,
  withHeaders = (body) => body,
  parse,
}: Pick<SourceDefinition, 'schema' | 'withHeaders' | 'parse'>): ReadPayload {
  // Under a key of its own, because faults are told by the part of the request that they are in.
  const schema = z.object({ body: shape })

  return (headers, body) => {
    const text = () => body.toString('utf8')
    if (parse === undefined && !isJsonType(headers['content-type']))
      return { kind: 'unreadable', said: text(), check: 'content-type', problem: notJsonType() }
    const json = parsed(body, parse)
    if (json instanceof Problem) return { kind: 'unreadable', said: text(), check: 'json', problem: json }
    const checked = schema.safeParse({ body: withHeaders(json, headers) }, describeFaults)
    if (checked.success) return { kind: 'read', said: json, payload: checked.data.body }
    return { kind: 'unreadable', said: json, check: 'shape', problem: misshapen(fieldFaults(checked.error)) }
  }
}

function parsed(body: Buffer, parse: (body: Buffer) => unknown = parseJson): unknown {
  try {
    return parse(body)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function notJsonType(): Problem {
  return problem('endpoint.unsupported_media_type', 'The Content-Type of a delivery is application/json.', {
    headers: { accept: 'application/json' },
  })
}

function misshapen(errors: readonly FieldFault[]): Problem {
  return new Problem({
    status: 422,
    code: 'intake.misshapen',
    title: 'The delivery does not have the shape that this source sends',
    detail: `${faultsText(errors)}. The delivery is kept.`,
    errors,
  })
}
