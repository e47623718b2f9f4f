import { STATUS_CODES } from 'node:http'
import type * as z from 'zod'
import type { SecurityScheme } from './auth.ts'
import { parameterNames } from './check-endpoints.ts'
import type { Endpoint, Example, Fields } from './endpoint.ts'
import { type Components, type JsonSchema, jsonSchema } from './json-schema.ts'
import { problemDocumentSchema } from './problem-schema.ts'
import { isBytes, maxBytesOf } from './serve-endpoint.ts'

export interface DocumentOptions {
  title?: string
  version?: string
}

type Part = Record<string, unknown>

/** The endpoints as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1.html), made from the code alone. */
export function openApiDocument(
  endpoints: readonly Endpoint[],
  { title = 'Adder', version = '0.0.0' }: DocumentOptions = {},
): Record<string, unknown> {
  const components: Components = new Map([['Problem', jsonSchema(problemDocumentSchema, 'output', new Map())]])
  const schemes = new Map<string, SecurityScheme>()
  const operationIds = new Set<string>()
  const paths: Record<string, Record<string, unknown>> = {}

  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][endpoint.method.toLowerCase()] = {
      operationId: operationId(endpoint, operationIds),
      summary: endpoint.summary,
      ...(endpoint.tags === undefined ? {} : { tags: endpoint.tags }),
      ...described(endpoint),
      ...secured(endpoint, schemes),
      ...parameters(endpoint, components),
      ...requestBody(endpoint, components),
      responses: responses(endpoint, components),
    }
  }
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: Object.fromEntries([...schemes.values()].map(({ name, definition }) => [name, definition])),
    },
  }
}

/** `GET /users/:name` is `getUsersByName`. */
function operationId({ method, path }: Endpoint, taken: Set<string>): string {
  const words = path.split('/').flatMap((segment) => {
    const name = segment.startsWith(':') ? `by-${segment.slice(1)}` : segment
    return name.split(/[^A-Za-z0-9]+/)
  })
  const wanted = method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  let free = wanted
  for (let number = 2; taken.has(free); number += 1) free = `${wanted}${number}`
  taken.add(free)
  return free
}

function described({ description, auth }: Endpoint): Part {
  const scopes = auth.kind === 'checked' ? auth.scheme.scopes : []
  const needs = scopes.length === 0 ? [] : [`Needs the scope ${scopes.map((each) => `\`${each}\``).join(' and ')}.`]
  const text = [...(description === undefined ? [] : [description]), ...needs].join('\n\n')
  return text === '' ? {} : { description: text }
}

function secured({ auth }: Endpoint, schemes: Map<string, SecurityScheme>): Part {
  if (auth.kind === 'open') return { security: [] }
  schemes.set(auth.scheme.name, auth.scheme)
  // Scopes in this place are for OAuth 2 and, since 3.1, roles of any scheme (§4.8.30).
  return { security: [{ [auth.scheme.name]: auth.scheme.scopes }] }
}

function parameters(endpoint: Endpoint, components: Components): Part {
  const { params = {}, query = {}, headers = {}, path, examples = [] } = endpoint
  const all = [
    ...parameterNames(path).map((name) => parameter('path', name, { fields: params, components, examples })),
    ...Object.keys(query).map((name) => parameter('query', name, { fields: query, components, examples })),
    ...Object.keys(headers).map((name) => parameter('header', name, { fields: headers, components, examples })),
  ]
  return all.length === 0 ? {} : { parameters: all }
}

interface ParameterParts {
  fields: Fields
  components: Components
  examples: readonly Example[]
}

function parameter(
  place: 'path' | 'query' | 'header',
  name: string,
  { fields, components, examples }: ParameterParts,
): Part {
  const schema = fields[name]
  const { description, ...made } = schema === undefined ? {} : jsonSchema(schema, 'input', components)
  const part = place === 'path' ? 'params' : 'query'
  return {
    name,
    in: place,
    required: place === 'path' || !isOptional(schema),
    ...(description === undefined ? {} : { description }),
    schema: made,
    ...(place === 'header' ? {} : named(examples, (example) => example[part]?.[name])),
  }
}

function isOptional(schema: z.ZodType | undefined): boolean {
  return schema?._zod.optin !== undefined
}

function requestBody(endpoint: Endpoint, components: Components): Part {
  const { body, examples = [] } = endpoint
  if (body === undefined) return {}
  const limit = `At most ${maxBytesOf(endpoint).toLocaleString('en')} bytes.`
  if (isBytes(body)) return { requestBody: { description: limit, content: { '*/*': {} } } }
  const media = { schema: jsonSchema(body, 'input', components), ...named(examples, (example) => example.body) }
  return {
    requestBody: { description: limit, required: !isOptional(body), content: { 'application/json': media } },
  }
}

function responses(endpoint: Endpoint, components: Components): Part {
  const { output, examples = [] } = endpoint
  const status = endpoint.status ?? (output === undefined ? 204 : 200)
  const content =
    output === undefined
      ? {}
      : {
          content: {
            'application/json': {
              schema: jsonSchema(output, 'output', components),
              ...named(examples, (example) => example.output),
            },
          },
        }
  const problems = problemStatuses(endpoint).map((each) => [each, problemResponse(each)])
  return { [status]: { description: STATUS_CODES[status] ?? 'Success', ...content }, ...Object.fromEntries(problems) }
}

function problemStatuses(endpoint: Endpoint): number[] {
  const { auth, body, params, query, headers, before = [] } = endpoint
  const takesInput = [body, params, query, headers].some((part) => part !== undefined)
  const ofPlugins = before.flatMap((plugin) => (typeof plugin === 'function' ? [] : [...(plugin.problems ?? [])]))
  const all = [
    ...(takesInput ? [400] : []),
    ...(auth.kind === 'open' ? [] : [401]),
    ...(auth.kind === 'checked' && auth.scheme.scopes.length > 0 ? [403] : []),
    ...(params === undefined ? [] : [404]),
    ...(body === undefined ? [] : [408, 413]),
    ...(body === undefined || isBytes(body) ? [] : [415]),
    ...ofPlugins,
    500,
    503,
  ]
  return [...new Set(all)].sort((a, b) => a - b)
}

function problemResponse(status: number): Part {
  return {
    description: STATUS_CODES[status] ?? 'Problem',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

/** The examples that have this value, by their names. */
function named(examples: readonly Example[], pick: (example: Example) => unknown): { examples?: JsonSchema } {
  const values = examples.flatMap((example) => {
    const value = pick(example)
    return value === undefined ? [] : [[example.name, { value }]]
  })
  return values.length === 0 ? {} : { examples: Object.fromEntries(values) }
}
