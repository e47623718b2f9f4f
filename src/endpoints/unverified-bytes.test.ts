import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import * as z from 'zod'
import { secret } from '../secrets/secret.ts'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { hmac } from './hmac.ts'
import { createLog } from './log.ts'

process.env.TEST_UNVERIFIED_SECRET = 'the signing secret'
const key = secret('TEST_UNVERIFIED_SECRET')
const mebibyte = 1024 * 1024
const signed = endpoint({
  method: 'POST',
  path: '/signed',
  summary: '',
  auth: hmac({ header: 'x-signature', prefix: 'sha256=', secrets: key }),
  body: bytes({ maxBytes: 40 * mebibyte }),
  output: z.object({ length: z.number() }),
  run: ({ body }) => ({ length: body.length }),
})

async function listen(context: TestContext) {
  const server = createServer({ endpoints: [signed], log: createLog({ destination: { write: () => undefined } }) })
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => server.close())
  // Listening on a host and port, so the address is not a path.
  const { port } = server.server.address() as AddressInfo
  return { server: server.server, port, url: `http://127.0.0.1:${port}/signed` }
}

function post(url: string, body: Buffer): Promise<Response> {
  const signature = createHmac('sha256', key.reveal()).update(body).digest('hex')
  return fetch(url, { method: 'POST', headers: { 'x-signature': `sha256=${signature}` }, body: new Uint8Array(body) })
}

/** Sends all of a body but its last byte, with a signature that is none. */
async function sendUnfinished({ server, port }: { server: Server; port: number }, size: number): Promise<Socket> {
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `POST /signed HTTP/1.1\r\nHost: x\r\nX-Signature: sha256=${'0'.repeat(64)}\r\nContent-Length: ${size}\r\n\r\n`,
  )
  socket.write(Buffer.alloc(size - 1))
  const [serverSide] = await accepted
  while (serverSide.bytesRead < size) await nextTurn()
  return socket
}

test('reads at most 64 MiB of senders that it does not know yet, and goes on when they are gone', async (context) => {
  const { url, ...at } = await listen(context)
  const strangers = [await sendUnfinished(at, 40 * mebibyte), await sendUnfinished(at, 20 * mebibyte)]

  const refused = await post(url, Buffer.alloc(10 * mebibyte))
  const small = await post(url, Buffer.from('small'))
  const told = await Promise.all(
    strangers.map(async (socket) => {
      socket.write('a')
      const [answer] = await once(socket, 'data')
      socket.destroy()
      return String(answer).split('\r\n')[0]
    }),
  )
  const taken = await post(url, Buffer.alloc(40 * mebibyte))

  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5'])
  assert.equal(z.object({ code: z.string() }).parse(await refused.json()).code, 'endpoint.unavailable')
  assert.equal(small.status, 200)
  assert.deepEqual(told, ['HTTP/1.1 401 Unauthorized', 'HTTP/1.1 401 Unauthorized'])
  assert.equal(taken.status, 200)
})

test('counts the bytes of senders that it knows no longer', async (context) => {
  const { url } = await listen(context)

  const statuses: number[] = []
  for (let sent = 0; sent < 4; sent += 1) statuses.push((await post(url, Buffer.alloc(20 * mebibyte))).status)

  assert.deepEqual(statuses, [200, 200, 200, 200])
})
