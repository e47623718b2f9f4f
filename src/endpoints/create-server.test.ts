import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import * as z from 'zod'
import { ConfigError } from '../errors/config-error.ts'
import { ConnectorInputInvalid, ConnectorRateLimited, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { secret } from '../secrets/secret.ts'
import { open } from './auth.ts'
import { bytes } from './bytes.ts'
import { createServer, type ServerOptions } from './create-server.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { dateTime, integer, list, nested, pattern, string } from './fields.ts'
import { createLog } from './log.ts'
import { Problem } from './problem.ts'
import { token } from './token.ts'

process.env.TEST_SERVER_TOKEN = 'token-of-the-dashboard'
process.env.TEST_SERVER_SECRET = 'quoted"secret\\value'
const dashboard = { name: 'dashboard', secret: secret('TEST_SERVER_TOKEN'), scopes: ['lookups:read'] }
const outsideSecret = secret('TEST_SERVER_SECRET')

type Line = Record<string, unknown>

interface Served {
  server: FastifyInstance
  /** The log's lines so far. */
  lines: Line[]
  /** The lines without the clock's and the machine's part. */
  text: () => string
}

function serve(endpoints: Endpoint[], options: Partial<ServerOptions> = {}): Served {
  const lines: Line[] = []
  const written: string[] = []
  const destination = {
    write(line: string) {
      written.push(line)
      lines.push(JSON.parse(line))
    },
  }
  const server = createServer({ endpoints, tokens: [dashboard], log: createLog({ destination }), ...options })
  return { server, lines, text: () => written.join('') }
}

function throwing(error: unknown): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/fails',
    summary: 'Fails',
    auth: open(),
    output: z.object({ ok: z.boolean() }),
    run: () => {
      throw error
    },
  })
}

const greet = endpoint({
  method: 'GET',
  path: '/users/:name',
  summary: 'Greets a user',
  auth: token('lookups:read'),
  params: { name: pattern(/^\w+$/, 'a user name') },
  output: z.object({ hello: z.string(), by: z.string() }),
  run: ({ params, caller, log }) => {
    log.info('greeting')
    return { hello: params.name, by: caller?.name ?? 'nobody' }
  },
})

const echo = endpoint({
  method: 'POST',
  path: '/echo',
  summary: 'Answers what it got',
  auth: open(),
  body: nested({ text: string(), at: dateTime().optional(), list: list(integer()).optional() }),
  output: z.object({ text: z.string(), at: dateTime().optional() }),
  run: ({ body }) => body,
})

const authorization = 'Bearer token-of-the-dashboard'

function codeOf(response: LightMyRequestResponse): string {
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
  return response.json().code
}

test('answers what the endpoint declares and writes one line about it', async () => {
  const { server, lines } = serve([greet])

  const response = await server.inject({ url: '/users/ada?token=hidden', headers: { authorization } })

  const id = response.headers['x-request-id']
  assert.deepEqual(response.json(), { hello: 'ada', by: 'dashboard' })
  const { time, pid, hostname, level, ms, ...line } = lines.at(-1) ?? {}
  assert.deepEqual(line, {
    msg: 'request',
    requestId: id,
    method: 'GET',
    route: '/users/:name',
    status: 200,
    caller: 'dashboard',
    bytesIn: 0,
  })
  assert.equal(typeof ms, 'number')
  assert.deepEqual([lines[0]?.msg, lines[0]?.requestId, lines[0]?.route], ['greeting', id, '/users/:name'])
  assert.equal(lines.length, 2)
})

test('believes no request id from outside', async () => {
  const { server } = serve([])

  const response = await server.inject({ url: '/health', headers: { 'x-request-id': 'mine', 'request-id': 'mine' } })

  assert.match(String(response.headers['x-request-id']), /^[\da-f-]{36}$/)
})

test('writes neither the address, nor the token, nor the body into the log', async () => {
  const { server, text } = serve([greet, echo])

  await server.inject({ url: '/users/ada?token=in-the-query', headers: { authorization } })
  await server.inject({ url: '/token-in-the-path', headers: { authorization: 'Bearer wrong-token' } })
  await server.inject({ url: '/%zztoken-in-the-path' })
  await server.inject({ method: 'POST', url: '/echo', payload: { text: 'words-in-the-body', list: ['in-a-fault'] } })
  await server.inject({ method: 'POST', url: '/echo', headers: json, payload: '{"in-broken-json' })

  assert.doesNotMatch(text(), /in-the|wrong-token|dashboard"?,"secret|in-a-fault|in-broken-json|token-of/)
})

const json = { 'content-type': 'application/json' }

test('sends only what the output declares, nested too', async () => {
  const leaky = endpoint({
    method: 'GET',
    path: '/leaky',
    summary: 'Returns more than it declares',
    auth: open(),
    output: z.object({ user: z.object({ name: z.string() }) }),
    run: () => {
      const row = { user: { name: 'ada', password: 'x' }, internal: 1 }
      return row
    },
  })
  const { server } = serve([leaky])

  const response = await server.inject('/leaky')

  assert.equal(response.body, '{"user":{"name":"ada"}}')
})

test('answers a result that breaks its type as an internal error without the data', async () => {
  const row: { name: string } = JSON.parse('{"name": 12345}')
  const broken = endpoint({
    method: 'GET',
    path: '/broken',
    summary: 'Returns something else',
    auth: open(),
    output: z.object({ name: z.string() }),
    run: () => row,
  })
  const { server, text, lines } = serve([broken])

  const response = await server.inject('/broken')

  assert.equal(response.statusCode, 500)
  assert.equal(codeOf(response), 'endpoint.internal')
  assert.doesNotMatch(response.body + text(), /12345/)
  assert.match(text(), /body name: expected a string, got a number/)
  assert.equal(lines.find(({ msg }) => msg === 'request failed')?.errorId, response.json().errorId)
})

test('answers 204 without an output and the status that the endpoint chooses', async () => {
  const silent = endpoint({ method: 'DELETE', path: '/thing', summary: '', auth: open(), run: () => {} })
  const accepted = endpoint({
    method: 'POST',
    path: '/thing',
    summary: '',
    auth: open(),
    status: 202,
    output: z.object({ id: z.string() }),
    run: async () => ({ id: 'a' }),
  })
  const { server } = serve([silent, accepted])

  const [deleted, posted] = [
    await server.inject({ method: 'DELETE', url: '/thing' }),
    await server.inject({ method: 'POST', url: '/thing' }),
  ]

  assert.deepEqual([deleted.statusCode, deleted.body], [204, ''])
  assert.deepEqual([posted.statusCode, posted.json()], [202, { id: 'a' }])
})

test('sends the value of a found outcome and problems for the others', async () => {
  const outcomes = {
    found: { kind: 'found', value: { name: 'ada', dn: 'hidden' } },
    not_found: { kind: 'not_found' },
    rate_limited: { kind: 'rate_limited', until: new Date(Date.now() + 30_000).toISOString() },
    failed: { kind: 'failed', code: 'connector.unavailable', reason: 'the directory said no' },
  } as const
  const lookup = endpoint({
    method: 'GET',
    path: '/outcomes/:kind',
    summary: '',
    auth: open(),
    params: { kind: z.enum(['found', 'not_found', 'rate_limited', 'failed']) },
    output: z.object({ name: z.string() }),
    run: ({ params }) => outcomes[params.kind],
  })
  const { server, text } = serve([lookup])

  const [found, notFound, limited, failed] = await Promise.all(
    Object.keys(outcomes).map((kind) => server.inject(`/outcomes/${kind}`)),
  )

  assert.deepEqual([found?.statusCode, found?.body], [200, '{"name":"ada"}'])
  assert.deepEqual([notFound?.statusCode, notFound?.json().code], [404, 'endpoint.not_found'])
  assert.deepEqual([limited?.statusCode, limited?.json().code], [503, 'connector.rate_limited'])
  assert.ok(Number(limited?.headers['retry-after']) > 25)
  assert.deepEqual([failed?.statusCode, failed?.json().code], [503, 'connector.unavailable'])
  assert.doesNotMatch(failed?.body ?? '', /said no/)
  assert.match(text(), /the directory said no/)
})

test('tells nothing of an unexpected error but an id, under which the log tells it without secrets', async () => {
  const error = Object.assign(new Error(`cannot log in with ${outsideSecret.reveal()}`), { data: { inner: 'state' } })
  const { server, lines, text } = serve([throwing(error)])

  const response = await server.inject('/fails')

  assert.equal(response.statusCode, 500)
  const failure = lines.find(({ msg }) => msg === 'request failed')
  assert.equal(response.json().errorId, failure?.errorId)
  assert.equal(lines.find(({ msg }) => msg === 'request')?.errorId, failure?.errorId)
  assert.doesNotMatch(response.body, /log in|state|create-server/)
  assert.match(text(), /cannot log in with \[secret\].*create-server\.test/)
  assert.doesNotMatch(text(), /quoted/)
})

test('masks a secret in every line of the log, also one that JSON escapes', () => {
  const written: string[] = []
  const log = createLog({ destination: { write: (line: string) => written.push(line) } })

  log.info({ url: `https://x/?key=${outsideSecret.reveal()}` }, 'asking')

  assert.match(written.join(''), /key=\[secret\]/)
})

const thrown: [what: string, error: unknown, status: number, code: string, says: RegExp][] = [
  ['a problem', new Problem({ status: 409, code: 'users.taken', detail: 'Taken.' }), 409, 'users.taken', /Taken/],
  ['an error of the caller', new ConnectorInputInvalid('no such form'), 400, 'connector.input_invalid', /no such form/],
  [
    'a vendor that is down',
    new ConnectorUnavailable('AD: hidden', { mayHaveHappened: false }),
    503,
    'connector.unavailable',
    /log says/,
  ],
  ['a used-up quota', new ConnectorRateLimited('VT: hidden'), 503, 'connector.rate_limited', /log says/],
  [
    'a configuration that is wrong',
    new ConfigError([{ at: 'hidden', problem: 'hidden' }]),
    500,
    'config.invalid',
    /log says/,
  ],
  ['a text', 'hidden', 500, 'endpoint.internal', /log says/],
  [
    'an error with a status of its own',
    Object.assign(new Error('hidden'), { statusCode: 400 }),
    500,
    'endpoint.internal',
    /log says/,
  ],
]

for (const [what, error, status, code, says] of thrown) {
  test(`answers ${what} with ${status} ${code}`, async () => {
    const { server } = serve([throwing(error)])

    const response = await server.inject('/fails')

    assert.equal(response.statusCode, status)
    assert.equal(codeOf(response), code)
    assert.match(response.json().detail, says)
    assert.doesNotMatch(response.body, /hidden/)
    assert.equal(response.headers['retry-after'], status === 503 ? '5' : undefined)
  })
}

test('masks secrets in the words of a problem', async () => {
  const { server } = serve([
    throwing(new Problem({ status: 400, code: 'x.y', detail: `No ${outsideSecret.reveal()}` })),
  ])

  const response = await server.inject('/fails')

  assert.equal(response.json().detail, 'No [secret]')
})

test('answers an unknown path with 404, and a known one with 405 and the methods that it takes', async () => {
  const { server } = serve([greet, echo])

  const unknown = await server.inject('/nothing/here')
  const wrong = await Promise.all([
    server.inject({ method: 'DELETE', url: '/users/ada?x=1' }),
    server.inject({ method: 'OPTIONS', url: '/echo' }),
    server.inject({ method: 'PUT', url: '/health' }),
  ])

  assert.deepEqual([unknown.statusCode, codeOf(unknown)], [404, 'endpoint.no_such_path'])
  assert.deepEqual(
    wrong.map((response) => [response.statusCode, codeOf(response), response.headers.allow]),
    [
      [405, 'endpoint.method_not_allowed', 'GET, HEAD'],
      [405, 'endpoint.method_not_allowed', 'POST'],
      [405, 'endpoint.method_not_allowed', 'GET, HEAD'],
    ],
  )
})

test('answers HEAD as GET without a body', async () => {
  const { server } = serve([greet])

  const response = await server.inject({ method: 'HEAD', url: '/users/ada', headers: { authorization } })

  assert.deepEqual([response.statusCode, response.body], [200, ''])
})

const bodies: [
  what: string,
  headers: Record<string, string>,
  payload: string | Buffer,
  status: number,
  code: string,
][] = [
  ['no body', {}, '', 400, 'endpoint.invalid_request'],
  ['an empty JSON body', json, '', 400, 'endpoint.invalid_request'],
  ['another content type', { 'content-type': 'text/plain' }, 'a', 415, 'endpoint.unsupported_media_type'],
  ['no content type', {}, '{"text":"a"}', 415, 'endpoint.unsupported_media_type'],
  [
    'a content type that is none',
    { 'content-type': 'nonsense' },
    '{"text":"a"}',
    415,
    'endpoint.unsupported_media_type',
  ],
  ['compressed JSON', { ...json, 'content-encoding': 'gzip' }, 'x', 415, 'endpoint.unsupported_media_type'],
  ['malformed JSON', json, '{"text":', 400, 'endpoint.malformed_json'],
  ['bytes that are not UTF-8', json, Buffer.from([0x22, 0xc3, 0x28, 0x22]), 400, 'endpoint.invalid_utf8'],
  ['a list', json, '[]', 400, 'endpoint.invalid_request'],
  ['null', json, 'null', 400, 'endpoint.invalid_request'],
  ['a number', json, '42', 400, 'endpoint.invalid_request'],
  ['100,000 levels', json, '['.repeat(100_000), 400, 'endpoint.too_deep'],
  ['too many bytes', json, JSON.stringify({ text: 'a'.repeat(1024 * 1024) }), 413, 'endpoint.too_large'],
  ['a key that is refused', json, '{"text":"a","__proto__":{}}', 400, 'endpoint.refused_key'],
  ['JSON', { 'content-type': 'application/vnd.api+json; charset=utf-8' }, '{"text":"a"}', 200, ''],
]

for (const [what, headers, payload, status, code] of bodies) {
  test(`answers ${what} with ${status} ${code}`, async () => {
    const { server, lines } = serve([echo])

    const response = await server.inject({ method: 'POST', url: '/echo', headers, payload })

    assert.equal(response.statusCode, status)
    if (status !== 200) assert.equal(codeOf(response), code)
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.problem, code === '' ? undefined : code)
  })
}

test('hands over raw bytes of any content type and counts them', async () => {
  const raw = endpoint({
    method: 'POST',
    path: '/raw',
    summary: '',
    auth: open(),
    body: bytes({ maxBytes: 10 }),
    output: z.object({ hex: z.string() }),
    run: ({ body }) => ({ hex: body.toString('hex') }),
  })
  const { server, lines } = serve([raw])
  const send = (payload: Buffer) =>
    server.inject({ method: 'POST', url: '/raw', headers: { 'content-type': 'image/png' }, payload })

  const [sent, tooLarge] = [await send(Buffer.from([0xff, 0])), await send(Buffer.alloc(11))]

  assert.deepEqual(sent.json(), { hex: 'ff00' })
  assert.equal(lines[0]?.bytesIn, 2)
  assert.equal(tooLarge.statusCode, 413)
})

test('gives every run what the server was given as context', async () => {
  const endpoints = [
    endpoint({
      method: 'GET',
      path: '/context',
      summary: '',
      auth: open(),
      output: z.object({ has: z.boolean() }),
      run: (input) => ({ has: 'directory' in input }),
    }),
  ]
  const { server } = serve(endpoints, { context: { directory: {} } as ServerOptions['context'] & object })

  assert.deepEqual((await server.inject('/context')).json(), { has: true })
})

test('is ready when it can take work, and says what is well and what is not', async () => {
  const states = { isReady: true, checks: { engine: true as boolean | string, directory: false } }
  const { server } = serve([], { ready: async () => states })

  const ready = await server.inject('/ready')
  states.isReady = false
  states.checks.engine = `starting with ${outsideSecret.reveal()}`
  const notReady = await server.inject('/ready')

  assert.deepEqual([ready.statusCode, ready.json().checks], [200, { engine: true, directory: false }])
  assert.deepEqual([notReady.statusCode, codeOf(notReady)], [503, 'endpoint.not_ready'])
  assert.deepEqual(notReady.json().checks, { engine: 'starting with [secret]', directory: false })
  assert.deepEqual((await server.inject('/health')).json(), { status: 'up' })
})

test('sends security headers with every answer', async () => {
  const { server } = serve([])

  const answers = await Promise.all(['/health', '/nothing'].map((url) => server.inject(url)))

  for (const { headers } of answers) {
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-security-policy'], "default-src 'none';frame-ancestors 'none'")
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
})

test('answers requests in flight before it closes', async (context: TestContext) => {
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const slow = endpoint({
    method: 'GET',
    path: '/slow',
    summary: '',
    auth: open(),
    output: z.object({ done: z.boolean() }),
    run: async () => {
      entered.resolve()
      await gate.promise
      return { done: true }
    },
  })
  const { server } = serve([slow])
  context.after(() => server.close())
  await server.listen({ port: 0, host: '127.0.0.1' })

  // Fastify's server listens on a socket, so its address is not a path.
  const { port } = server.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  await entered.promise
  const closed = server.close()
  gate.resolve()
  const [answer] = await once(socket, 'data')
  await closed

  assert.match(String(answer), /^HTTP\/1\.1 200 .*\{"done":true\}$/s)
})
