import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import { createServer, isIPv6 } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
import { httpStandIn } from '../stand-ins/http-stand-in.ts'
import { httpClient } from './http-client.ts'

const inTime = () => AbortSignal.timeout(5000)

/** A server on 127.0.0.1 that counts its connections and ends them. */
async function counting(t: TestContext) {
  const seen = { connections: 0 }
  const server = createServer((socket) => {
    seen.connections += 1
    socket.on('error', () => undefined).destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return { seen, baseUrl: `https://api.acme.example:${address.port}` }
}

/** From now on every name in the world has these addresses. */
function resolve(t: TestContext, addresses: readonly string[]): void {
  const told = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  t.mock.method(dns, 'lookup', (_name: string, _options: object, tell: (...args: unknown[]) => void) =>
    setImmediate(tell, null, told),
  )
}

for (const { addresses, isPublic } of [
  { isPublic: true, addresses: ['127.0.0.1'] },
  { isPublic: true, addresses: ['10.0.0.5'] },
  { isPublic: true, addresses: ['169.254.169.254'] },
  { isPublic: true, addresses: ['8.8.8.8', '127.0.0.1'] },
  { isPublic: true, addresses: ['::1'] },
  { isPublic: true, addresses: ['::ffff:127.0.0.1'] },
  { isPublic: false, addresses: ['169.254.169.254'] },
  { isPublic: false, addresses: ['127.0.0.1', '169.254.169.254'] },
  { isPublic: false, addresses: ['::ffff:169.254.169.254'] },
  { isPublic: false, addresses: ['fe80::1'] },
  { isPublic: false, addresses: ['fd00:ec2::254'] },
])
  test(`connects to nobody where a ${isPublic ? 'public' : 'private'} name leads to ${addresses.join(' and ')}`, async (t) => {
    const { seen, baseUrl } = await counting(t)
    resolve(t, addresses)
    const send = httpClient({ title: 'Acme', baseUrl, isPublic, headers: () => ({}) })

    await assert.rejects(send({ method: 'POST', path: '/thing', signal: inTime() }), (error) => {
      assert.ok(error instanceof ConnectorUnavailable && !error.mayHaveHappened)
      assert.match(error.message, /^Acme: POST \/thing: api\.acme\.example leads to \S+, where it must not$/)
      return true
    })
    assert.equal(seen.connections, 0)
  })

test('connects where a name that may be private leads to this machine', async (t) => {
  const { seen, baseUrl } = await counting(t)
  resolve(t, ['127.0.0.1'])
  const send = httpClient({ title: 'Acme', baseUrl, headers: () => ({}) })

  await assert.rejects(send({ path: '/thing', signal: inTime() }), ConnectorUnavailable)
  assert.equal(seen.connections, 1)
})

for (const host of ['127.0.0.1', 'localhost'])
  test(`takes ${host} for what whoever configured it meant, also of a public system`, async (t) => {
    const server = await httpStandIn({ routes: { 'GET /thing': () => ({ json: { ok: true } }) } })
    t.after(() => server.close())
    const baseUrl = `http://${host}:${server.port}`
    const send = httpClient({ title: 'Acme', baseUrl, isPublic: true, headers: () => ({}) })

    const { json } = await send({ path: '/thing', signal: inTime() })

    assert.deepEqual(json, { ok: true })
  })

test('tells that there is no host of that name', async (t) => {
  const failure = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
  t.mock.method(dns, 'lookup', (_name: string, _options: object, tell: (error: Error) => void) =>
    setImmediate(tell, failure),
  )
  const send = httpClient({ title: 'Acme', baseUrl: 'https://api.acme.example', headers: () => ({}) })

  await assert.rejects(send({ path: '/thing', signal: inTime() }), /Acme: GET \/thing: there is no host of that name/)
})
