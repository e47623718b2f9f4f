import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:http2'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import * as restate from '@restatedev/restate-sdk'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { identityKey } from './identity-key.ts'
import { type Serve, signedCalls } from './signed-calls.ts'

function endpoint(): restate.RestateEndpoint {
  return restate.endpoint().setLogger(() => undefined)
}

/** As the engine signs: the path that it calls, and the second in which it does. */
function tokenFor(aud: string, keyFile: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { aud, exp: seconds + 60, iat: seconds, nbf: seconds - 60 }
  const parts = [{ typ: 'JWT', alg: 'EdDSA', kid: identityKey(keyFile) }, claims]
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign(null, Buffer.from(signed), readFileSync(keyFile)).toString('base64url')}`
}

async function serving(t: TestContext) {
  const keyFile = path.join(dataFolder(t), 'engine.key')
  const checks: string[] = []
  const check = endpoint().withIdentityV1(identityKey(keyFile)).http2Handler()
  const checked: Serve = (request, response) => {
    checks.push(request.url)
    check(request, response)
  }
  const server = createServer(signedCalls({ checked, unchecked: endpoint().http2Handler() }))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const session = connect(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  t.after(() => {
    session.close()
    server.close()
  })
  const call = async (url: string, token: string): Promise<number> => {
    const headers = { 'x-restate-signature-scheme': 'v1', 'x-restate-jwt-v1': token }
    const accept = 'application/vnd.restate.endpointmanifest.v4+json'
    const request = session.request({ ':path': url, accept, ...headers })
    const [answer] = await once(request, 'response')
    await request.resume().toArray()
    return answer[':status']
  }
  return { call, checks, keyFile }
}

test('a signature is checked once, and again when a second has gone by', async (t) => {
  const { call, checks, keyFile } = await serving(t)
  const now = t.mock.method(performance, 'now', () => 5000)
  const token = tokenFor('/discover', keyFile)

  assert.deepEqual([await call('/discover', token), await call('/discover', token)], [200, 200])
  assert.deepEqual(checks, ['/discover'])
  now.mock.mockImplementation(() => 6000)
  assert.equal(await call('/discover', token), 200)
  assert.equal(checks.length, 2)
})

test('a signature is believed for its own path only', async (t) => {
  const { call, keyFile } = await serving(t)
  const token = tokenFor('/discover', keyFile)

  assert.equal(await call('/discover', token), 200)
  assert.equal(await call('/discover?as=another', token), 200)
  assert.equal(await call('/invoke/adder.events/accept', token), 401)
})

test('what is refused once is refused again, also beside what is signed', async (t) => {
  const { call, keyFile } = await serving(t)
  const token = tokenFor('/discover', keyFile)
  const forged = `${token.slice(0, -8)}AAAAAAAA`

  const statuses = []
  for (const each of [forged, forged, token, forged, '']) statuses.push(await call('/discover', each))

  assert.deepEqual(statuses, [401, 401, 200, 401, 401])
})
