import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ingress } from './ingress.ts'

const invocation = { service: 'adder.events', handler: 'accept', input: { id: 'a' }, key: 'a' }

/** An ingress whose engine is a server of the test, started when `listen` is called. */
async function ingressTo(t: TestContext, listener: RequestListener) {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-ingress-'))
  const socketPath = path.join(folder, 'ingress.sock')
  const server = createServer(listener)
  const ingress = new Ingress({ socketPath })
  t.after(async () => {
    await ingress.close()
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  const listen = async (): Promise<void> => {
    await once(server.listen(socketPath), 'listening')
  }
  return { ingress, listen }
}

const accepting: RequestListener = (_, response) => {
  response.end(JSON.stringify({ invocationId: 'inv_1', status: 'Accepted' }))
}

test('an invocation waits for an engine that is starting', async (t) => {
  const { ingress, listen } = await ingressTo(t, accepting)

  const sent = ingress.send(invocation)
  assert.equal(await ingress.isReady(), false)
  await listen()

  assert.deepEqual(await sent, { invocation: 'inv_1', isDuplicate: false })
  assert.equal(await ingress.isReady(), true)
})

test('an invocation that no engine takes in rejects with EngineUnavailable', async (t) => {
  const { ingress } = await ingressTo(t, accepting)

  await assert.rejects(ingress.send(invocation), { code: 'engine.unavailable' })
})

test('an invocation that an engine is silent about rejects with EngineUnavailable', async (t) => {
  const { ingress, listen } = await ingressTo(t, () => undefined)
  await listen()

  await assert.rejects(ingress.send(invocation), { code: 'engine.unavailable' })
})

for (const [silence, listener] of [
  ['never answers', () => undefined],
  ['does not end its answer to', (_, response) => response.write('{')],
] as const satisfies [string, RequestListener][])
  test(`a call that the engine ${silence} rejects with EngineUnavailable`, async (t) => {
    const { ingress, listen } = await ingressTo(t, listener)
    await listen()

    const called = ingress.call({ object: 'adder.quotas', key: 'a', handler: 'status', withinMs: 100 })

    await assert.rejects(called, { code: 'engine.unavailable', message: /within 100 ms/ })
  })

test('an invocation waits no longer when the clock is set back by an hour meanwhile', {
  timeout: 120_000,
}, async (t) => {
  const { ingress } = await ingressTo(t, accepting)
  const now = Date.now

  const sent = ingress.send(invocation)
  t.mock.method(Date, 'now', () => now() - 60 * 60 * 1000)

  await assert.rejects(sent, { code: 'engine.unavailable' })
})

test('an invocation that is tried again late does not wait longer than the others', async (t) => {
  let attempts = 0
  const { ingress, listen } = await ingressTo(t, (_, response) => {
    attempts += 1
    if (attempts === 1) setTimeout(() => response.writeHead(503).end(), 4000)
  })
  await listen()
  const sentAt = performance.now()

  await assert.rejects(ingress.send(invocation), { code: 'engine.unavailable' })

  const ms = performance.now() - sentAt
  assert.equal(attempts, 2)
  assert.ok(ms < 9000, `took ${ms} ms`)
})

test('more invocations than the engine can take are turned away at once, and the others are not', async (t) => {
  const held: (() => void)[] = []
  const { ingress, listen } = await ingressTo(t, (request, response) => {
    held.push(() => accepting(request, response))
  })
  await listen()

  const sent = Array.from({ length: 2100 }, () => ingress.send(invocation))
  const turnedAway = await Promise.any(
    sent.map(async (each) => {
      await assert.rejects(each, { code: 'engine.unavailable', message: /as much to do/ })
    }),
  )
  const release = setInterval(() => {
    for (const answer of held.splice(0)) answer()
  }, 5)
  t.after(() => clearInterval(release))
  const settled = await Promise.allSettled(sent)

  assert.equal(turnedAway, undefined)
  const full = settled.filter((each) => each.status === 'rejected' && /as much to do/.test(String(each.reason)))
  assert.equal(full.length, 100)
})

for (const { what, count, turnedAway, input } of [
  { what: '2,000', count: 2100, turnedAway: 100, input: { id: 'a' } },
  { what: '64 MiB', count: 5, turnedAway: 2, input: { id: 'a', text: 'x'.repeat(20 * 1024 * 1024) } },
])
  test(`more than ${what} are turned away while the engine is away, too`, async (t) => {
    const { ingress } = await ingressTo(t, accepting)

    const sent = Array.from({ length: count }, () => ingress.send({ ...invocation, input }))
    const settled = await Promise.allSettled(sent)

    const full = settled.filter((each) => each.status === 'rejected' && /as much to do/.test(String(each.reason)))
    assert.equal(full.length, turnedAway)
  })

test('a single invocation is taken however large it is', async (t) => {
  const { ingress, listen } = await ingressTo(t, accepting)
  await listen()

  const sent = ingress.send({ ...invocation, input: 'x'.repeat(65 * 1024 * 1024) })

  assert.equal((await sent).isDuplicate, false)
})
