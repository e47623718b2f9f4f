import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import * as z from 'zod'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { createLog } from './log.ts'

const mebibyte = 1024 * 1024

test('takes bodies of known senders up to 256 MiB at once, and more when those are gone', async (t) => {
  const known = endpoint({
    method: 'POST',
    path: '/known',
    summary: '',
    auth: {
      kind: 'checked',
      scheme: { name: 'known', definition: {}, scopes: [] },
      beforeBody: () => ({ name: 'me', scopes: [] }),
    },
    body: bytes({ maxBytes: 100 * mebibyte }),
    output: z.object({ length: z.number() }),
    run: ({ body }) => ({ length: body.length }),
  })
  const server = createServer({ endpoints: [known], log: createLog({ destination: { write: () => undefined } }) })
  await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const { port } = server.server.address() as AddressInfo // a TCP server's address is one
  const post = () => fetch(`http://127.0.0.1:${port}/known`, { method: 'POST', body: new Uint8Array(10 * mebibyte) })
  const begin = async (headers: string): Promise<Socket> => {
    const requested = once(server.server, 'request')
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.write(`POST /known HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`)
    await requested
    return socket
  }

  const begun = [
    await begin(`Content-Length: ${70 * mebibyte}`),
    await begin(`Content-Length: ${80 * mebibyte}`),
    await begin('Transfer-Encoding: chunked'),
  ]
  const refused = await post()
  for (const socket of begun) socket.destroy()

  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5'])
  while ((await post()).status !== 200) await new Promise((resolve) => setImmediate(resolve))
})
