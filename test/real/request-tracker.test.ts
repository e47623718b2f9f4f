import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'
import { source } from '../../src/integrations/request-tracker/index.ts'
import { secret } from '../../src/secrets/secret.ts'
import { facts, paragraph } from '../../src/tickets/document.ts'
import { root } from '../support/adder-process.ts'
import { requestTrackerContract } from '../support/request-tracker-contract.ts'
import { connectRt, rtPerson } from '../support/request-tracker-under-test.ts'
import { startTalk } from '../support/talk.ts'
import { until } from '../support/until.ts'
import { hasRequestTracker, startRequestTracker } from './request-tracker-server.ts'

const isInstalled = await hasRequestTracker()
// In CI it has to be there: a test that skips itself for ever proves nothing.
const skip =
  isInstalled || process.env.CI
    ? false
    : 'REQUEST TRACKER IS NOT INSTALLED: its ticketing was tested against the stand-in only'

requestTrackerContract('Request Tracker', { start: startRequestTracker, skip })

test('the scrip and the sweep of docs/sources.md tell what happens', { skip }, async (t) => {
  process.env.ADDER_TEST_RT_HOOK = 'It is a secret'
  const bodies: string[] = []
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const signature = `sha256=${createHmac('sha256', 'It is a secret').update(Buffer.concat(chunks)).digest('hex')}`
    const isSigned = request.headers['x-adder-signature'] === signature
    if (isSigned) bodies.push(Buffer.concat(chunks).toString())
    response.writeHead(isSigned ? 202 : 401).end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  t.after(() => receiver.close())
  const { port } = receiver.address() as AddressInfo // a TCP server has one of this form
  const hook = { url: `http://127.0.0.1:${port}/hooks/request-tracker`, secret: 'It is a secret' }
  const rt = await startRequestTracker({ hook })
  t.after(() => rt.close())
  const ticketing = connectRt(rt.url, rt.tokens.adder)
  const person = rtPerson({ url: rt.url, token: rt.tokens.person })
  const { schema, events, sweep } = source({
    ...{ url: rt.url, secret: secret('ADDER_TEST_RT_HOOK') },
    sweep: { token: secret('ADDER_TEST_RT_TOKEN'), query: "Queue = 'Security'" },
  })
  const told = () => bodies.flatMap((body) => events(schema.parse(JSON.parse(body)), {}))
  const call = () => ({ signal: AbortSignal.timeout(30_000) })

  const marker = 'adder-0123456789abcdef01234567'
  const how = { ...call(), marker, intendedAt: new Date().toISOString() }
  const input = { summary: 'ü <b>', description: [facts({ user: 'mlisa' })], labels: ['mock-scan'] }
  const ticket = await ticketing.effects.open.make(input, how)
  await ticketing.effects.comment.make({ ticket, body: [paragraph('an answer')] }, how)
  await person.change(ticket.id, { CustomFields: { 'Alert type': 'Phishing' } })
  await person.change(ticket.id, { Owner: 'robin' })
  await person.change(ticket.id, { Status: 'resolved' })
  const byHand = await person.create({ Subject: 'by hand', Content: 'user: jdoe', ContentType: 'text/plain' })
  await until('the scrip has told of all', () => told().length >= 7)

  const { site } = ticketing
  const kinds = told().map(({ kind, identity }) => [kind, ...identity.slice(0, 2)])
  assert.deepEqual(kinds, [
    ['ticket.created', site, ticket.id],
    ['ticket.commented', site, kinds[1]?.[2]],
    ['ticket.updated', site, ticket.id],
    ['ticket.updated', site, ticket.id],
    ['ticket.updated', site, ticket.id],
    ['ticket.closed', site, ticket.id],
    ['ticket.created', site, byHand],
  ])
  const known = { ticket, summary: 'ü <b>', description: 'user: mlisa', labels: ['mock-scan'], project: 'Security' }
  const [created, commented, changed, owned, , closed, second] = told().map(
    ({ data }) => data as Record<string, unknown>,
  ) // events' data are objects
  assert.deepEqual(created, {
    ...{ ...known, type: 'ticket', status: 'new', marker },
    reporter: { id: 'adder', name: 'Adder' },
  })
  assert.deepEqual(commented?.comment, { id: kinds[1]?.[2], body: 'an answer' })
  const actor = { id: 'robin', name: 'Robin Vega' }
  assert.deepEqual([commented?.actor, changed?.actor], [{ id: 'adder', name: 'Adder' }, actor])
  assert.deepEqual(changed?.changes, [{ field: 'Alert type', from: null, to: 'Phishing' }])
  assert.deepEqual(owned?.changes, [{ field: 'Owner', from: 'Nobody', to: 'robin' }])
  assert.deepEqual([closed?.status, closed?.resolution], ['resolved', 'resolved'])
  assert.equal(second?.marker, undefined)

  const swept = sweep?.connect()
  assert.ok(swept)
  assert.deepEqual(await swept.probe(call), [])
  const listed = await swept.list(new Date(Date.now() - 60_000), call)
  const found: unknown[] = []
  for (const { read } of listed) for await (const payloads of read(call)) found.push(...payloads)
  const [sweptFirst, sweptSecond] = found.flatMap((payload) => events(schema.parse(payload), {}))
  assert.deepEqual(sweptFirst?.data, { ...created, status: 'resolved', reporter: { id: 'adder' } })
  assert.deepEqual(sweptSecond?.data, { ...second, reporter: { id: 'robin' } })
  assert.deepEqual(found.length, 2)
})

test('the talk runs on it: an alert becomes a ticket with both answers', { skip }, async (t) => {
  const rt = await startRequestTracker()
  t.after(() => rt.close())
  const talk = await startTalk((cleanUp) => t.after(cleanUp), {
    project: path.join(root, 'test/request-tracker/project'),
    env: { RT_URL: rt.url, RT_TOKEN: rt.tokens.adder, RT_HOOK_SECRET: 'nobody signs with it here' },
  })
  const person = rtPerson({ url: rt.url, token: rt.tokens.person })

  await talk.postAlert(talk.alert({ user: 'mlisa', md5: '44d88612fea8a8f36de82e1278abb02f' }))

  await until('the ticket has two comments', async () => (await person.comments('1')).length >= 2)
  await talk.idle()
  const comments = await person.comments('1')
  assert.equal(comments.length, 2)
  assert.match(comments.join('\n'), /Name: Mona Lisa/)
  assert.match(comments.join('\n'), /Positives: 48/)
  assert.equal((await person.ticket('1')).Subject, 'MockScan: mlisa')
})
