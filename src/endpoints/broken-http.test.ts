import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { open } from './auth.ts'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { createLog } from './log.ts'
import { token } from './token.ts'

interface Listening {
  server: FastifyInstance
  lines: Record<string, unknown>[]
  /** Resolves once the log has a line. */
  logged: Promise<unknown>
  dial(): Socket
}

const output = z.object({ length: z.number() })
const receive = endpoint({
  method: 'POST',
  path: '/receive',
  summary: '',
  auth: open(),
  body: bytes({ maxBytes: 1000 }),
  output,
  run: ({ body }) => ({ length: body.length }),
})
const guarded = endpoint({
  method: 'POST',
  path: '/guarded',
  summary: '',
  auth: token(),
  body: bytes({ maxBytes: 200_000_000 }),
  output,
  run: ({ body }) => ({ length: body.length }),
})

async function listen(context: TestContext, requestTimeoutMs = 10_000): Promise<Listening> {
  const lines: Record<string, unknown>[] = []
  const first = Promise.withResolvers<void>()
  const write = (line: string) => {
    lines.push(JSON.parse(line))
    first.resolve()
  }
  const log = createLog({ destination: { write } })
  const server = createServer({ endpoints: [receive, guarded], log, requestTimeoutMs })
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => server.close())
  // Listening on a host and port, so the address is not a path.
  const { port } = server.server.address() as AddressInfo
  return { server, lines, logged: first.promise, dial: () => connect(port, '127.0.0.1') }
}

/** Everything that the server says until it ends the connection; a reset ends it too. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await closeOf(socket)
  return Buffer.concat(chunks).toString()
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

function documentOf(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('{')))
}

const broken: [what: string, sent: string, status: number, code: string][] = [
  ['bytes that are not HTTP', 'nonsense\r\n\r\n', 400, 'endpoint.bad_http'],
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'endpoint.headers_too_large',
  ],
  [
    'a body that contradicts its framing',
    'POST /receive HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    400,
    'endpoint.bad_http',
  ],
]

for (const [what, sent, status, code] of broken) {
  test(`answers ${what} with ${status} and one line in the log`, async (context) => {
    const { dial, lines, logged } = await listen(context)
    const socket = dial()

    socket.write(sent)
    const answer = await readAll(socket)
    await logged

    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
    assert.equal(documentOf(answer).code, code)
    assert.match(answer, /\r\nX-Content-Type-Options: nosniff\r\n/)
    assert.match(answer, /\r\nContent-Security-Policy: default-src 'none';frame-ancestors 'none'\r\n/)
    assert.match(answer, /\r\nReferrer-Policy: no-referrer\r\n/)
    assert.match(answer, new RegExp(`\r\nX-Request-Id: ${lines[0]?.requestId}\r\n`))
    assert.deepEqual(
      lines.map((line) => [line.msg, line.status, line.problem]),
      [['request', status, code]],
    )
  })
}

test('answers a body that does not arrive in time with 408, and logs it once', async (context) => {
  const { dial, lines, logged } = await listen(context, 200)
  const socket = dial()

  socket.write('POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nslow')
  const answer = await readAll(socket)
  await logged

  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.equal(documentOf(answer).code, 'endpoint.too_slow')
  assert.deepEqual(
    lines.map(({ route, status, problem }) => [route, status, problem]),
    [['/receive', 408, 'endpoint.too_slow']],
  )
})

test('answers headers that do not arrive in time with 408', async (context) => {
  const { dial } = await listen(context, 200)
  const socket = dial()

  socket.write('POST /receive HTTP/1.1\r\nHost:')

  assert.match(await readAll(socket), /^HTTP\/1\.1 408 /)
})

test('refuses a body by its announced length without reading it', async (context) => {
  const { dial } = await listen(context)
  const socket = dial()

  socket.write('POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')

  assert.match(await readAll(socket), /^HTTP\/1\.1 413 /)
})

test('refuses a body of unknown length as soon as it is too long', async (context) => {
  const { dial } = await listen(context)
  const socket = dial()

  socket.write(`POST /receive HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${'a'.repeat(1001)}`)

  assert.match(await readAll(socket), /^HTTP\/1\.1 413 /)
})

test('answers a caller without credentials, and reads little of a body that goes on', async (context) => {
  const { dial, server } = await listen(context)
  const accepted = once(server.server, 'connection')
  const socket = dial()
  const answer = readAll(socket)

  socket.write('POST /guarded HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
  const [serverSide] = await accepted
  const piece = Buffer.alloc(1024 * 1024)
  for (let sent = 0; sent < 100 && !socket.destroyed; sent += 1) {
    if (!socket.write(piece))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closeOf(socket)])
  }

  assert.match(await answer, /^HTTP\/1\.1 401 /)
  assert.ok(serverSide.bytesRead < 20 * 1024 * 1024, `read ${serverSide.bytesRead} bytes`)
})

test('ends the connection of a body that is too large no sooner than its caller can have read why', async (context) => {
  const { dial } = await listen(context)
  const socket = dial()
  const answer = readAll(socket)
  const begun = performance.now()

  socket.write('POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
  const piece = Buffer.alloc(1024 * 1024)
  for (let sent = 0; sent < 100 && !socket.destroyed; sent += 1) {
    if (!socket.write(piece))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closeOf(socket)])
  }

  assert.match(await answer, /^HTTP\/1\.1 413 /)
  assert.ok(performance.now() - begun > 450)
})

test('goes on with the connection after a refused body that ends soon', async (context) => {
  const { dial } = await listen(context)
  const socket = dial()
  const answer = readAll(socket)
  const body = 'a'.repeat(200_000)

  socket.write(`POST /guarded HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(`${body}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)

  assert.match(await answer, /^HTTP\/1\.1 401 .*HTTP\/1\.1 200 /s)
})

test('ends the connection of a refused body that does not come', async (context) => {
  const { dial } = await listen(context)
  const socket = dial()

  socket.write('POST /guarded HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')

  assert.match(await readAll(socket), /^HTTP\/1\.1 401 /)
})

test('logs a caller that went away, once', async (context) => {
  const { dial, lines, logged, server } = await listen(context)
  const socket = dial()
  const arrived = once(server.server, 'request')

  socket.write('POST /receive HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  await arrived
  socket.destroy()
  await logged

  assert.deepEqual(
    lines.map(({ msg, route, bytesIn }) => [msg, route, bytesIn]),
    [['request', '/receive', 0]],
  )
})
