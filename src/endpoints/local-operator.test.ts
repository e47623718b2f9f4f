import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { Agent, request } from 'undici'
import * as z from 'zod'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { listenLocally } from './local-operator.ts'
import { createLog } from './log.ts'
import { token } from './token.ts'

const whoAmI = endpoint({
  method: 'GET',
  path: '/who-am-i',
  summary: 'Who is asking',
  auth: token('everything:read', 'everything:write'),
  output: z.object({ name: z.string().optional() }),
  run: ({ caller }) => ({ name: caller?.name }),
})

async function listening(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-local-'))
  const socketPath = path.join(folder, 'api.sock')
  // As a process that was killed leaves it.
  writeFileSync(socketPath, '')
  const server = createServer({ endpoints: [whoAmI], log: createLog({ level: 'silent' }) })
  const local = await listenLocally(server, socketPath)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const dispatcher = new Agent({ connect: { socketPath } })
  t.after(async () => {
    await dispatcher.destroy()
    await local.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })
  return { url, local, socketPath, dispatcher }
}

test('whoever asks over the local socket is the local operator and needs no token', async (t) => {
  const { dispatcher } = await listening(t)

  const { statusCode, body } = await request('http://localhost/who-am-i', { dispatcher })

  assert.deepEqual([statusCode, await body.json()], [200, { name: 'local operator' }])
})

test('whoever asks over the network needs a token, whatever the request says of itself', async (t) => {
  const { url } = await listening(t)
  const headers = {
    host: 'localhost',
    'x-forwarded-for': 'unix:',
    'x-forwarded-host': 'localhost',
    forwarded: 'for=unix',
  }

  const { statusCode, body } = await request(`${url}/who-am-i`, { headers })

  await body.dump()
  assert.equal(statusCode, 401)
})

test('the socket is its owner’s alone, and gone when it is closed', async (t) => {
  const { local, socketPath } = await listening(t)
  const mode = statSync(socketPath).mode & 0o777

  await local.close()

  assert.equal(mode, 0o600)
  assert.equal(existsSync(socketPath), false)
})
