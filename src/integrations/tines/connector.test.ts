import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { secretOf } from '../../../test/support/secret-of.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../../errors/connector-errors.ts'
import { httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { connector } from './connector.ts'
import { startTines, type TinesStandInOptions } from './stand-in.ts'

const marker = 'adder-0123456789abcdef01234567'
const call = () => ({ signal: AbortSignal.timeout(5000) })
const making = () => ({ ...call(), marker, intendedAt: new Date().toISOString() })

function connect(t: TestContext, { url, webhook, apiKey }: { url: string; webhook: string; apiKey: string }) {
  const definition = connector({ url, webhook: secretOf(t, webhook), apiKey: secretOf(t, apiKey) })
  const { effects, probe } = definition.connect()
  return { send: effects.send, probe }
}

async function tines(t: TestContext, options: TinesStandInOptions = {}) {
  const standIn = await startTines(options)
  t.after(() => standIn.close())
  return { standIn, ...connect(t, standIn) }
}

test('sends an event with the marker, and leaves out the "Ok" that it gets', async (t) => {
  const { standIn, send } = await tines(t)

  const sent = await send.make({ event: { host: 'web-1', hashes: ['d41d8cd9'], score: 7, owner: null } }, making())

  assert.deepEqual(sent, {})
  assert.deepEqual(standIn.events(), [
    { host: 'web-1', hashes: ['d41d8cd9'], score: 7, owner: null, adderMarker: marker },
  ])
})

test('gives what a story answers that is used as an API', async (t) => {
  const { send } = await tines(t, { answer: { verdict: 'malicious', tickets: ['SEC-1'] } })

  const sent = await send.make({ event: { host: 'web-1' } }, making())

  assert.deepEqual(sent, { answer: { verdict: 'malicious', tickets: ['SEC-1'] } })
})

for (const [what, answer] of [
  ['of a megabyte', 'x'.repeat(1_000_000)],
  ['of 1,000 levels', JSON.parse('['.repeat(1000) + ']'.repeat(1000))],
] as [string, unknown][])
  test(`leaves out an answer ${what}, for the event was sent all the same`, async (t) => {
    const { standIn, send } = await tines(t, { answer })

    const sent = await send.make({ event: { host: 'web-1' } }, making())

    assert.deepEqual(sent, {})
    assert.equal(standIn.events().length, 1)
  })

test('sends to a webhook without a secret in its address, too', async (t) => {
  const { standIn, send } = await tines(t, { webhook: 'triage' })

  await send.make({ event: { host: 'web-1' } }, making())

  assert.deepEqual(
    standIn.requests.map(({ path }) => path),
    ['/webhook/triage'],
  )
})

test('can be there twice with the same marker, and says so', async (t) => {
  const { standIn, send } = await tines(t)
  standIn.misbehave({ lostAnswers: 1 })
  await assert.rejects(send.make({ event: { host: 'web-1' } }, making()), ConnectorUnavailable)
  standIn.misbehave({})

  await send.make({ event: { host: 'web-1' } }, making())

  assert.equal(send.once, 'at least once')
  const event = { host: 'web-1', adderMarker: marker }
  assert.deepEqual(standIn.events(), [event, event])
})

test('shows neither the webhook nor the key where it is refused', async (t) => {
  const { standIn } = await tines(t)
  const webhook = 'adder/no-such-secret'
  const { send } = connect(t, { url: standIn.url, webhook, apiKey: standIn.apiKey })

  await assert.rejects(
    send.make({ event: {} }, making()),
    (error) =>
      error instanceof ConnectorRefused &&
      error.status === 404 &&
      !error.message.includes(webhook) &&
      !error.message.includes(standIn.apiKey),
  )
})

for (const [what, webhook] of [
  ['a whole address', 'https://acme.tines.com/webhook/adder/s3cr3t'],
  ['a path that leads elsewhere', '../api'],
  ['three parts', 'adder/s3cr3t/more'],
  ['a query', 'adder?s3cr3t'],
] as const)
  test(`sends nothing where the webhook is ${what}, and does not show it`, async (t) => {
    const { standIn } = await tines(t)
    const { send } = connect(t, { url: standIn.url, webhook, apiKey: standIn.apiKey })

    await assert.rejects(
      send.make({ event: {} }, making()),
      (error) =>
        error instanceof ConnectorRefused &&
        error.message.includes('is no webhook') &&
        !error.message.includes(webhook),
    )
    assert.equal(standIn.requests.length, 0)
  })

for (const [what, event] of [
  ['the marker’s own field', { adderMarker: 'mine' }],
  ['a megabyte', { text: 'x'.repeat(1_000_000) }],
  ['a field without a name', { '': 1 }],
] as const)
  test(`sends no event with ${what}`, async (t) => {
    const { standIn, send } = await tines(t)

    await assert.rejects(send.make({ event }, making()), ConnectorInputInvalid)
    assert.equal(standIn.requests.length, 0)
  })

test('takes other words than "Ok" for no answer', async (t) => {
  const server = await httpStandIn({ routes: { 'POST /webhook/triage': () => ({ status: 201, text: 'Thanks' }) } })
  t.after(() => server.close())
  const { send } = connect(t, { url: server.url, webhook: 'triage', apiKey: 'key-of-nobody' })

  await assert.rejects(send.make({ event: {} }, making()), ConnectorAnswerInvalid)
})

test('probes with one request that only reads, and is refused with another key', async (t) => {
  const { standIn, probe } = await tines(t)
  const other = connect(t, { url: standIn.url, webhook: standIn.webhook, apiKey: 'another-key' })

  await probe(call())
  await assert.rejects(other.probe(call()), ConnectorRefused)

  assert.deepEqual(
    standIn.requests.map(({ method, status }) => [method, status]),
    [
      ['GET', 200],
      ['GET', 401],
    ],
  )
  assert.equal(standIn.events().length, 0)
})
