import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import * as z from 'zod'
import { secret } from '../secrets/secret.ts'
import { open } from './auth.ts'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { date, dateTime, integer, json, list, nested, oneOf, pattern, string } from './fields.ts'
import { hmac } from './hmac.ts'
import { createLog } from './log.ts'
import { openApiDocument } from './open-api.ts'
import { rateLimit } from './rate-limit.ts'
import { token } from './token.ts'

interface Tree {
  name: string
  children: Tree[]
}
const Tree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get children() {
    return z.array(Tree)
  },
})
const User = z.object({ name: z.string(), since: dateTime(), born: date().optional() }).meta({ id: 'User' })

const everything = [
  endpoint({
    method: 'GET',
    path: '/users/:name',
    summary: 'Look a user up',
    description: 'By the *account* name.',
    tags: ['users'],
    auth: token('lookups:read'),
    params: { name: pattern(/^[\w.-]{1,64}$/, 'a directory user name').describe('The account name') },
    query: { limit: integer({ min: 1, max: 50 }).default(10), level: list(oneOf(['low', 'high'])).optional() },
    headers: { 'x-team': string({ max: 20 }) },
    output: User,
    before: [rateLimit({ max: 10, per: 60 })],
    examples: [
      {
        name: 'Ada',
        params: { name: 'ada' },
        query: { limit: 5 },
        output: { name: 'ada', since: '2026-11-24T08:00:00Z' },
      },
    ],
    run: () => ({ name: 'ada', since: new Date(0) }),
  }),
  endpoint({
    method: 'POST',
    path: '/users',
    summary: 'Add a user',
    auth: token(),
    body: nested({ name: string(), since: dateTime(), extra: json(), tree: Tree }),
    status: 201,
    output: z.object({ user: User, made: z.date(), tree: Tree }),
    run: ({ body }) => ({ user: body, made: new Date(0), tree: body.tree }),
  }),
  endpoint({
    method: 'POST',
    path: '/hooks/jira',
    summary: 'Receive',
    auth: hmac({ header: 'x-hub-signature', prefix: 'sha256=', secrets: secret('TEST_OPENAPI') }),
    body: bytes({ maxBytes: 1000 }),
    run: () => {},
  }),
  endpoint({
    method: 'GET',
    path: '/tree',
    summary: 'A tree',
    auth: open(),
    output: Tree,
    run: () => ({ name: '', children: [] }),
  }),
  endpoint({ method: 'GET', path: '/users/by-name', summary: 'Same id', auth: open(), run: () => {} }),
]

// The document's shape is what these tests are about.
// biome-ignore lint/suspicious/noExplicitAny: paths into a document are not worth types of their own
const document: any = openApiDocument(everything, { title: 'Test', version: '1.2.3' })

test('is a valid OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document))

  assert.deepEqual([valid, errors], [true, undefined])
  assert.equal(document.openapi, '3.1.0')
})

test('is served as it is, with the server’s own endpoints, and is valid there too', async () => {
  const log = createLog({ destination: { write: () => undefined } })
  const server = createServer({ endpoints: everything, log, title: 'Test', version: '1.2.3' })

  const served = (await server.inject('/openapi.json')).json()

  assert.deepEqual(Object.keys(served.paths), ['/health', '/ready', ...Object.keys(document.paths)])
  assert.equal((await new Validator().validate(structuredClone(served))).valid, true)
})

test('describes parameters with their bounds, defaults and examples', () => {
  const [name, limit, level, team] = document.paths['/users/{name}'].get.parameters

  assert.deepEqual(name, {
    name: 'name',
    in: 'path',
    required: true,
    description: 'The account name',
    schema: { type: 'string', pattern: '^[\\w.-]{1,64}$' },
    examples: { Ada: { value: 'ada' } },
  })
  assert.deepEqual(limit, {
    name: 'limit',
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 50, default: 10 },
    examples: { Ada: { value: 5 } },
  })
  assert.deepEqual(level.schema, { type: 'array', items: { type: 'string', enum: ['low', 'high'] } })
  assert.deepEqual([team.in, team.required], ['header', true])
})

test('writes dates as strings with their format', () => {
  const { User: user } = document.components.schemas
  const { made } = document.paths['/users'].post.responses[201].content['application/json'].schema.properties

  assert.deepEqual(user.properties.since, { type: 'string', format: 'date-time' })
  assert.equal(user.properties.born.format, 'date')
  assert.deepEqual(made, { type: 'string', format: 'date-time' })
})

test('gives shapes that contain themselves a name, and refers only to what is there', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference)

  const missing = references.filter(
    (reference) => document.components.schemas[String(reference).replace('#/components/schemas/', '')] === undefined,
  )

  assert.ok(references.length > 5)
  assert.deepEqual(missing, [])
})

test('says who may ask, what they need, and which problems can come', () => {
  const { security, description, responses } = document.paths['/users/{name}'].get

  assert.deepEqual(security, [{ token: ['lookups:read'] }])
  assert.equal(description, 'By the *account* name.\n\nNeeds the scope `lookups:read`.')
  assert.deepEqual(Object.keys(responses), ['200', '400', '401', '403', '404', '429', '500', '503'])
  assert.deepEqual(Object.keys(document.components.securitySchemes), ['token', 'signature-x-hub-signature'])
  assert.deepEqual(document.paths['/tree'].get.security, [])
})

test('gives every operation an id of its own', () => {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const operations = Object.values(document.paths).flatMap((path: any) => Object.values(path))

  // biome-ignore lint/suspicious/noExplicitAny: as above
  const ids = operations.map((operation: any) => operation.operationId)

  assert.deepEqual(ids, ['getUsersByName', 'postUsers', 'postHooksJira', 'getTree', 'getUsersByName2'])
})
