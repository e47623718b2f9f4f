import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { inspect } from 'node:util'
import * as z from 'zod'
import { ConfigError } from '../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { secret } from '../secrets/secret.ts'
import { httpStandIn, type StandInAnswer } from '../stand-ins/http-stand-in.ts'
import { certificate, privateKey } from '../stand-ins/test-certificate.ts'
import { type HttpRequest, httpClient, parseAnswer, path } from './http-client.ts'

const inTime = () => AbortSignal.timeout(5000)

function given(t: TestContext, value: string) {
  const name = `HTTP_CLIENT_TEST_${randomUUID().replaceAll('-', '_').toUpperCase()}`
  process.env[name] = value
  t.after(() => delete process.env[name])
  return secret(name)
}

/** A client of a server that answers every GET, HEAD and POST to `/base/thing` with this. */
async function answering(t: TestContext, answer: StandInAnswer, headers: Record<string, string> = {}) {
  const routes = { 'GET /base/thing': () => answer, 'HEAD /base/thing': () => answer, 'POST /base/thing': () => answer }
  const server = await httpStandIn({ routes })
  t.after(() => server.close())
  const client = httpClient({ title: 'Acme', baseUrl: `${server.url}/base`, headers: () => headers })
  const send = (request: Partial<HttpRequest> = {}) => client({ path: '/thing', signal: inTime(), ...request })
  return { server, send }
}

/** A client of a TCP server that does this with each connection. */
async function connecting(t: TestContext, serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return httpClient({ title: 'Acme', baseUrl: `http://127.0.0.1:${address.port}`, headers: () => ({}) })
}

test('gives an answer that is text as it is, where text was asked for', async (t) => {
  const { server, send } = await answering(t, { text: '{ "no": JSON', headers: { 'x-size': '12' } })

  const { text, json, headers } = await send({ isText: true })

  assert.deepEqual([text, json, headers.get('x-size')], ['{ "no": JSON', undefined, '12'])
  assert.equal(server.requests[0]?.headers.accept, 'text/plain')
  await assert.rejects(send(), ConnectorAnswerInvalid)
})

test('asks for the headers alone, which changes nothing', async (t) => {
  const { server, send } = await answering(t, { text: 'a log', headers: { 'x-size': '5' } })

  const { text, headers } = await send({ method: 'HEAD', isText: true })

  assert.deepEqual([text, headers.get('x-size')], ['', '5'])
  await server.close()
  await assert.rejects(
    send({ method: 'HEAD' }),
    (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
  )
})

test('sends the headers, the query and the body, and gives the answer', async (t) => {
  const { server, send } = await answering(
    t,
    { status: 201, headers: { 'x-id': '7' }, json: { ok: true } },
    { 'x-key': 'k' },
  )

  const answer = await send({ method: 'POST', query: { q: 'a b&c', none: undefined, n: 3 }, body: { a: 1 } })

  assert.deepEqual([answer.status, answer.headers.get('x-id'), answer.json], [201, '7', { ok: true }])
  const [request] = server.requests
  assert.deepEqual(
    [request?.method, request?.path, request?.query, request?.json],
    ['POST', '/base/thing', 'q=a+b%26c&n=3', { a: 1 }],
  )
  assert.deepEqual(
    [request?.headers['x-key'], request?.headers['content-type'], request?.headers.accept],
    ['k', 'application/json', 'application/json'],
  )
})

test('sends a form as a web page does', async (t) => {
  const { server, send } = await answering(t, { json: {} })

  await send({ method: 'POST', form: { 'a b': 'c&d=ü' } })

  const [request] = server.requests
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.equal(request?.headers['content-length'], String('a+b=c%26d%3D%C3%BC'.length))
})

test('gives an empty body as undefined, and reads JSON behind a byte-order mark', async (t) => {
  const empty = await answering(t, {})
  const marked = await answering(t, { text: '\ufeff{"ok":true}' })

  assert.equal((await empty.send()).json, undefined)
  assert.deepEqual((await marked.send()).json, { ok: true })
})

test('gives a status that was asked for as an answer', async (t) => {
  const { send } = await answering(t, { status: 404, json: { code: 'gone' } })

  assert.deepEqual((await send({ accept: [404] })).json, { code: 'gone' })
  await assert.rejects(send(), ConnectorRefused)
})

test('computes the headers anew for each request', async (t) => {
  const rotated = given(t, 'first-value')
  const server = await httpStandIn({ routes: { 'GET /thing': () => ({ json: {} }) } })
  t.after(() => server.close())
  const send = httpClient({ title: 'Acme', baseUrl: server.url, headers: () => ({ 'x-key': rotated.reveal() }) })

  await send({ path: '/thing', signal: inTime() })
  process.env[rotated.name] = 'second-value'
  await send({ path: '/thing', signal: inTime() })

  assert.deepEqual(
    server.requests.map(({ headers }) => headers['x-key']),
    ['first-value', 'second-value'],
  )
})

for (const status of [301, 302, 303, 307, 308])
  test(`follows no redirect (${status})`, async (t) => {
    const elsewhere = await httpStandIn({ routes: { 'GET /thing': () => ({ json: {} }) } })
    t.after(() => elsewhere.close())
    const { send } = await answering(t, { status, headers: { location: `${elsewhere.url}/thing` } })

    await assert.rejects(send(), (error) => error instanceof ConnectorRefused && error.status === status)
    assert.equal(elsewhere.requests.length, 0)
  })

for (const [status, kind] of [
  [400, ConnectorRefused],
  [401, ConnectorRefused],
  [403, ConnectorRefused],
  [404, ConnectorRefused],
  [409, ConnectorRefused],
  [422, ConnectorRefused],
  [408, ConnectorUnavailable],
  [425, ConnectorUnavailable],
  [429, ConnectorRateLimited],
  [500, ConnectorUnavailable],
  [502, ConnectorUnavailable],
  [503, ConnectorUnavailable],
  [504, ConnectorUnavailable],
] as const)
  test(`takes ${status} for ${kind.name}, with the vendor's words`, async (t) => {
    const { send } = await answering(t, { status, html: '<p>the  vendor\nsays</p>' })

    await assert.rejects(send(), (error) => {
      assert.ok(error instanceof kind)
      assert.equal(error.message, `Acme: GET /thing: answered ${status} (<p>the vendor says</p>)`)
      return true
    })
  })

for (const status of [429, 503])
  test(`says until when, where a ${status} has Retry-After`, async (t) => {
    const { send } = await answering(t, { status, headers: { 'retry-after': '3600' } })
    const before = Date.now()

    await assert.rejects(send(), (error) => {
      assert.ok(error instanceof ConnectorRateLimited || error instanceof ConnectorUnavailable)
      assert.ok((error.until?.getTime() ?? 0) >= before + 3_600_000)
      return true
    })
  })

test('asks the connector when a quota opens, where a 429 does not say', async (t) => {
  const opens = new Date('2030-01-01T00:00:00Z')
  const { server } = await answering(t, { status: 429 })
  const send = httpClient({
    title: 'Acme',
    baseUrl: `${server.url}/base`,
    headers: () => ({}),
    quotaOpens: () => opens,
  })

  await assert.rejects(
    send({ path: '/thing', signal: inTime() }),
    (error) => error instanceof ConnectorRateLimited && error.until === opens,
  )
})

test('takes a refusal for a limit of rate where the integration knows it as one', async (t) => {
  const answer = { status: 403, headers: { 'x-left': '0' }, json: { message: 'slow down' } }
  const { server } = await answering(t, answer)
  const opens = new Date('2030-01-01T00:00:00Z')
  const client = (name: string) =>
    httpClient({
      title: 'Acme',
      baseUrl: `${server.url}/base`,
      headers: () => ({}),
      errorOf: ({ status, headers, text, message }) =>
        status === 403 && headers.get(name) === '0' && text.includes('slow down')
          ? new ConnectorRateLimited(message, { until: opens })
          : undefined,
    })

  await assert.rejects(
    client('x-left')({ path: '/thing', signal: inTime() }),
    (error) => error instanceof ConnectorRateLimited && error.until === opens,
  )
  await assert.rejects(client('x-other')({ path: '/thing', signal: inTime() }), ConnectorRefused)
})

test('takes a refusal for the error that the integration knows it as', async (t) => {
  const answer = { status: 403, headers: { 'x-type': 'Expired' }, json: { message: 'no longer' } }
  const { server } = await answering(t, answer)
  const client = (type: string) =>
    httpClient({
      title: 'Acme',
      baseUrl: `${server.url}/base`,
      headers: () => ({}),
      errorOf: ({ headers, message }) =>
        headers.get('x-type') === type ? new ConnectorRefused(message, { status: 401 }) : undefined,
    })

  for (const [type, status] of [
    ['Expired', 401],
    ['Other', 403],
  ] as const)
    await assert.rejects(
      client(type)({ path: '/thing', signal: inTime() }),
      (error) =>
        error instanceof ConnectorRefused &&
        error.status === status &&
        error.message === 'Acme: GET /thing: answered 403 ({"message":"no longer"})',
    )
})

for (const [what, answer] of [
  ['HTML', { html: '<h1>Sign in</h1>' }],
  ['half of a JSON text', { text: '{"a":' }],
] as const)
  test(`takes ${what} with 200 for no answer, and does not repeat it`, async (t) => {
    const { send } = await answering(t, answer)

    await assert.rejects(
      send(),
      (error) =>
        error instanceof ConnectorAnswerInvalid && error.message === 'Acme: GET /thing: the answer is not JSON',
    )
  })

test('takes the words that a success may say for an empty body, and no others', async (t) => {
  const ok = await answering(t, { status: 201, text: 'Ok' })

  assert.equal((await ok.send({ plainAnswer: 'Ok' })).json, undefined)
  await assert.rejects(ok.send({ plainAnswer: 'Okay' }), ConnectorAnswerInvalid)
})

test('reads no more than 32 MiB', async (t) => {
  const piece = Buffer.alloc(1024 * 1024, ' ')
  let sent = 0
  const send = await connecting(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${64 * piece.length}\r\n\r\n`)
    const pump = () => {
      while (sent < 64 && !socket.destroyed) {
        sent += 1
        if (!socket.write(piece)) return void socket.once('drain', pump)
      }
    }
    pump()
  })

  await assert.rejects(
    send({ path: '/thing', signal: inTime() }),
    (error) => error instanceof ConnectorAnswerInvalid && /larger than 33554432 bytes/.test(error.message),
  )
  assert.ok(sent < 64)
})

test('shows neither the query nor a secret that is in it, nor one in the path or in the answer', async (t) => {
  const hidden = given(t, 'va/lue of-the secret')
  const value = hidden.reveal()
  // The last one begins so late in the answer that a cut would leave its first half.
  const echo = `your key ${value}, ${encodeURIComponent(value)}; ${'x'.repeat(230)} ${value}`
  const refused = await answering(t, { status: 403, text: echo })
  const limited = await answering(t, { status: 429, text: echo })
  const broken = await answering(t, { status: 500, text: echo })
  const asked = { query: { key: value, user: 'mona.lisa' } }
  const failing = [
    () => refused.send(asked),
    () => limited.send(asked),
    () => broken.send(asked),
    () => refused.send({ ...asked, path: path`/keys/${value}` }),
  ]

  for (const send of failing)
    await assert.rejects(send(), (error) => {
      assert.match(inspect(error), /\[secret\]/)
      assert.doesNotMatch(inspect(error, { depth: 10 }), /va\/lue|va%2Flue|of-the|mona\.lisa/)
      return true
    })
})

test('shows neither the query nor a secret when the network fails', async (t) => {
  const hidden = given(t, 'value-of-the-secret')
  const { server } = await answering(t, {})
  const send = httpClient({ title: 'Acme', baseUrl: server.url, headers: () => ({ 'x-key': hidden.reveal() }) })
  await server.close()

  await assert.rejects(
    send({ path: '/thing?key=value-of-the-secret', query: { user: 'mona.lisa' }, signal: inTime() }),
    (error) => {
      assert.ok(error instanceof ConnectorUnavailable)
      assert.equal(error.message, 'Acme: GET /thing: nobody listens there (connection refused)')
      assert.doesNotMatch(inspect(error, { depth: 10 }), /value-of-the-secret|mona\.lisa/)
      return true
    },
  )
})

for (const value of ['mona\nlisa', 'snow☃man'])
  test(`does not quote a secret that no header can carry (${JSON.stringify(value)})`, async (t) => {
    const hidden = given(t, value)
    const { server, send } = await answering(t, {}, { authorization: `Basic ${hidden.reveal()}` })

    await assert.rejects(send(), (error) => {
      assert.ok(error instanceof ConnectorRefused)
      assert.doesNotMatch(inspect(error, { depth: 10 }), /mona|lisa|snow/)
      return true
    })
    assert.equal(server.requests.length, 0)
  })

test('encodes values so that none leaves its segment', () => {
  assert.equal(path`/a/${'SEC-1'}/b`, '/a/SEC-1/b')
  assert.equal(path`/a/${'../../admin?x=1#y'}/b`, '/a/..%2F..%2Fadmin%3Fx%3D1%23y/b')
  assert.equal(path`/a/${'%2e%2e'}/${'é/\\ '}`, '/a/%252e%252e/%C3%A9%2F%5C%20')
})

for (const value of ['', '.', '..', '\ud800'])
  test(`refuses ${JSON.stringify(value)} as a part of an address`, () => {
    assert.throws(() => path`/issue/${value}/comment`, ConnectorInputInvalid)
  })

for (const outside of [
  '/../thing',
  '/../../etc',
  '/a/../../thing',
  '/\\..\\..\\x',
  '/.\t./.\t./x',
  'thing',
  'https://evil.example/thing',
  '',
  '?x=1',
])
  test(`sends nothing to ${JSON.stringify(outside)}, which is not below the base`, async (t) => {
    const { server, send } = await answering(t, { json: {} })

    await assert.rejects(send({ path: outside }), ConnectorInputInvalid)
    assert.equal(server.requests.length, 0)
  })

for (const inside of ['//evil.example/x', '/@evil.example', '/http://evil.example'])
  test(`keeps ${inside} on its own host`, async (t) => {
    const { server, send } = await answering(t, { json: {} })

    await assert.rejects(send({ path: inside }), (error) => error instanceof ConnectorRefused && error.status === 404)
    assert.equal(server.requests.length, 1)
  })

test('sends nothing to an address that is longer than servers take', async (t) => {
  const { server, send } = await answering(t, { json: {} })
  const huge = 'a'.repeat(1024 * 1024)

  for (const request of [{ path: path`/${huge}` }, { query: { q: huge } }])
    await assert.rejects(send(request), (error) => {
      assert.ok(error instanceof ConnectorInputInvalid)
      assert.match(
        error.message,
        /^Acme: GET \/.{1,300}: the address would have \d+ characters, and servers take 8000$/,
      )
      return true
    })
  assert.equal(server.requests.length, 0)
})

for (const baseUrl of [
  'acme.example',
  'ftp://acme.example',
  'file:///etc',
  'https://user:pass-word@acme.example',
  '',
  'http://acme.example',
  'http://10.0.0.5/pass-word',
  'https://acme.example/api?key=pass-word',
  'https://acme.example/api#pass-word',
])
  test(`refuses ${JSON.stringify(baseUrl)} as an address, without showing it`, () => {
    assert.throws(
      () => httpClient({ title: 'Acme', baseUrl, headers: () => ({}) }),
      (error) => error instanceof ConfigError && !error.message.includes('pass-word'),
    )
  })

interface Fault {
  name: string
  mayHaveHappened: boolean
  send(t: TestContext, request: HttpRequest): Promise<unknown>
}

const faults: readonly Fault[] = [
  {
    name: 'a refused connection',
    mayHaveHappened: false,
    async send(t, request) {
      const { server } = await answering(t, {})
      await server.close()
      return httpClient({ title: 'Acme', baseUrl: server.url, headers: () => ({}) })(request)
    },
  },
  {
    name: 'a certificate that is not trusted',
    mayHaveHappened: false,
    async send(t, request) {
      const server = createTlsServer({ cert: certificate, key: privateKey }).on('tlsClientError', () => undefined)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      t.after(() => server.close())
      const address = server.address()
      assert.ok(address !== null && typeof address === 'object')
      const baseUrl = `https://127.0.0.1:${address.port}`
      return httpClient({ title: 'Acme', baseUrl, headers: () => ({}) })(request)
    },
  },
  {
    name: 'a signal that was aborted beforehand',
    mayHaveHappened: false,
    async send(t, request) {
      const { send } = await answering(t, {})
      return send({ ...request, signal: AbortSignal.abort() })
    },
  },
  {
    name: 'a time-out',
    mayHaveHappened: true,
    async send(t, request) {
      const { server, send } = await answering(t, {})
      server.misbehave({ slowMs: 60_000 })
      return send({ ...request, signal: AbortSignal.timeout(100) })
    },
  },
  {
    name: 'a connection that is cut without an answer',
    mayHaveHappened: true,
    async send(t, request) {
      const send = await connecting(t, (socket) => void socket.once('data', () => socket.destroy()))
      return send(request)
    },
  },
  {
    name: 'an answer that is cut off',
    mayHaveHappened: true,
    async send(t, request) {
      const half = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":'
      const send = await connecting(t, (socket) => void socket.once('data', () => socket.end(half)))
      return send(request)
    },
  },
  {
    name: 'something that is not HTTP',
    mayHaveHappened: true,
    async send(t, request) {
      const send = await connecting(t, (socket) => void socket.once('data', () => socket.end('220 smtp.example\r\n')))
      return send(request)
    },
  },
  {
    name: 'a 500',
    mayHaveHappened: true,
    async send(t, request) {
      const { send } = await answering(t, { status: 500 })
      return send(request)
    },
  },
]

for (const { name, mayHaveHappened, send } of faults) {
  test(`says that a write ${mayHaveHappened ? 'may' : "can't"} have happened after ${name}`, async (t) => {
    await assert.rejects(
      send(t, { method: 'POST', path: '/thing', body: {}, signal: inTime() }),
      (error) => error instanceof ConnectorUnavailable && error.mayHaveHappened === mayHaveHappened,
    )
  })

  test(`says that nothing happened when a GET met ${name}`, async (t) => {
    await assert.rejects(
      send(t, { path: '/thing', signal: inTime() }),
      (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened,
    )
  })
}

test('says that it was a time-out', async (t) => {
  const { server, send } = await answering(t, {})
  server.misbehave({ slowMs: 60_000 })

  await assert.rejects(send({ signal: AbortSignal.timeout(50) }), /Acme: GET \/thing: did not answer in time/)
})

test('names the fields of a misshapen answer and not their values', () => {
  const schema = z.object({ id: z.string(), list: z.array(z.object({ n: z.number() })) })

  assert.throws(
    () => parseAnswer(schema, { id: 12345, list: [{ n: 'private' }] }, 'Acme: thing'),
    (error) => {
      assert.ok(error instanceof ConnectorAnswerInvalid)
      assert.match(error.message, /^Acme: thing: the answer is not as documented \(id: .*; list\.0\.n: .*\)$/)
      assert.doesNotMatch(error.message, /12345|private/)
      return true
    },
  )
})
