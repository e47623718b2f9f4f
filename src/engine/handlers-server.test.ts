import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { createServer } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import * as restate from '@restatedev/restate-sdk'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { startTestEngine } from '../../test/engine/start-test-engine.ts'
import { serveHandlers } from './handlers-server.ts'
import type { Serve } from './signed-calls.ts'

function serveNothing(): Serve {
  return restate
    .endpoint()
    .setLogger(() => undefined)
    .http2Handler()
}

async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  const session = connect(url)
  try {
    const request = session.request({ ':method': 'POST', ':path': '/invoke/adder.events/accept', ...headers })
    request.end('{}')
    const [answer] = await once(request, 'response')
    request.resume()
    return answer[':status']
  } finally {
    session.close()
  }
}

test('a call that the engine did not sign is refused', async (t) => {
  const folder = dataFolder(t)
  await startTestEngine(t, {}, { folder })
  const url = `http://127.0.0.1:${readFileSync(path.join(folder, 'port'), 'utf8')}`

  assert.equal(await statusOf(url, { 'content-type': 'application/vnd.restate.invocation.v5' }), 401)
  assert.equal(
    await statusOf(url, {
      'content-type': 'application/vnd.restate.invocation.v5',
      'x-restate-signature-scheme': 'v1',
      'x-restate-jwt-v1': 'eyJhbGciOiJub25lIn0.e30.',
    }),
    401,
  )
})

test('a port is the same at the next start, unless it is taken', async (t) => {
  const portFile = path.join(dataFolder(t), 'port')
  const first = await serveHandlers(serveNothing(), portFile)
  first.close()
  const second = await serveHandlers(serveNothing(), portFile)
  t.after(() => second.close())

  const third = await serveHandlers(serveNothing(), portFile)
  t.after(() => third.close())

  assert.equal(second.url, first.url)
  assert.notEqual(third.url, first.url)
  assert.match(third.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.equal(third.url.split(':').at(-1), readFileSync(portFile, 'utf8'))
  assert.equal(statSync(portFile).mode & 0o777, 0o600)
})

for (const text of ['', 'no port', '70000', '-1', '1.5'])
  test(`a port file that says ${JSON.stringify(text)} is ignored`, async (t) => {
    const portFile = path.join(dataFolder(t), 'port')
    writeFileSync(portFile, text)

    const server = await serveHandlers(serveNothing(), portFile)

    t.after(() => server.close())
    assert.ok(Number(readFileSync(portFile, 'utf8')) > 0)
  })

test('a port that something else listens on is left to it', async (t) => {
  const portFile = path.join(dataFolder(t), 'port')
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  t.after(() => other.close())
  const address = other.address()
  const taken = typeof address === 'object' ? String(address?.port) : ''
  writeFileSync(portFile, taken)

  const server = await serveHandlers(serveNothing(), portFile)

  t.after(() => server.close())
  assert.notEqual(readFileSync(portFile, 'utf8'), taken)
})
