import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import * as z from 'zod'
import { automation } from '../../automations/automation.ts'
import type { AdderEvent } from '../../automations/event.ts'
import { createServer } from '../../endpoints/create-server.ts'
import { createLog } from '../../endpoints/log.ts'
import type { DeliveryRecord } from '../../intake/delivery.ts'
import { hookEndpoints } from '../../intake/hook-endpoints.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import { secret } from '../../secrets/secret.ts'
import * as webhook from './index.ts'

process.env.ADDER_TEST_WEBHOOK = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
process.env.ADDER_TEST_WEBHOOK_NEXT = 'whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G'
process.env.ADDER_TEST_WEBHOOK_TOKEN = 'token-of-the-sender-4711'
process.env.ADDER_TEST_WEBHOOK_TOKEN_NEXT = 'token-of-the-sender-4712'

const Badge = z.object({
  type: z.literal(['badge.denied', 'ping']),
  data: z.object({ door: z.string(), badge: z.string() }).optional(),
  timestamp: z.iso.datetime({ offset: true }),
})
const denied = {
  type: 'badge.denied',
  data: { door: 'D4', badge: '4111111111111111' },
  timestamp: '2026-11-29T07:00:00Z',
}

function doors(
  options: Partial<webhook.WebhookSourceOptions<z.infer<typeof Badge>, { door: string; badge: string }>> = {},
) {
  return webhook.source({
    name: 'doors',
    schema: Badge,
    authentication: webhook.signature({
      secret: [secret('ADDER_TEST_WEBHOOK'), secret('ADDER_TEST_WEBHOOK_NEXT')],
      secretEncoding: 'base64',
      header: 'webhook-signature',
      prefix: 'v1,',
      encoding: 'base64',
      signed: '{id}.{timestamp}.{body}',
      timestamp: { header: 'webhook-timestamp', toleranceSeconds: 300 },
      idHeader: 'webhook-id',
    }),
    event: ({ data, timestamp }, headers) =>
      data === undefined ? [] : { identity: [String(headers['webhook-id'])], at: new Date(timestamp), data },
    keeps: ['badge'],
    ...options,
  })
}

const byToken = (header?: string) =>
  webhook.token({
    secret: [secret('ADDER_TEST_WEBHOOK_TOKEN'), secret('ADDER_TEST_WEBHOOK_TOKEN_NEXT')],
    ...(header === undefined ? {} : { header }),
  })

interface Sent {
  id?: string
  at?: Date
  body?: string
  key?: string
  headers?: Record<string, string>
}

/** What a sender that follows Standard Webhooks sends. */
function signed({ id = 'msg_1', at = new Date(), body = JSON.stringify(denied), key, headers = {} }: Sent = {}) {
  const seconds = Math.floor(at.getTime() / 1000)
  const bytes = Buffer.from((key ?? process.env.ADDER_TEST_WEBHOOK ?? '').slice('whsec_'.length), 'base64')
  const digest = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64')
  const own = { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${digest}` }
  return { body, headers: { ...own, ...headers } }
}

/** Adder's hooks with an engine that commits to memory. */
async function hooks(source: SourceDefinition, { trustedProxies = [] as string[] } = {}) {
  const events = new Map<string, AdderEvent>()
  const records: DeliveryRecord[] = []
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  const endpoints = hookEndpoints({
    sources: [source],
    commit: async (event) => {
      if (events.has(event.id)) return { state: 'duplicate', runId: event.id }
      events.set(event.id, event)
      return { state: 'accepted', runId: event.id }
    },
    redactions: ['payment-card'],
    deliveries: { record: (delivery) => void records.push(delivery) },
    log,
  })
  const server = createServer({ endpoints, log, trustedProxies })
  after(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const post = async ({ body, headers }: { body: string; headers: Record<string, string> }, below = '') => {
    const response = await fetch(`${url}/hooks/${source.name}${below}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
    return { status: response.status, said: await response.text() }
  }
  return { url, post, records, lines, committed: () => [...events.values()] }
}

describe('a source by configuration', () => {
  test('makes of a signed delivery an event of its own kind', async () => {
    const { post, committed, records } = await hooks(doors())

    const { status } = await post(signed())

    assert.equal(status, 202)
    const [event, ...more] = committed()
    assert.deepEqual(
      [event?.kind, event?.at, event?.data],
      ['webhook.doors', '2026-11-29T07:00:00.000Z', { door: 'D4', badge: '4111111111111111' }],
    )
    assert.deepEqual(more, [])
    assert.equal(records[0]?.senderId, 'msg_1')
  })

  test('takes one identity for one event, however often it is sent', async () => {
    const { post, committed, records } = await hooks(doors())

    await post(signed())
    await post(signed({ at: new Date(Date.now() - 60_000) }))
    await post(signed({ id: 'msg_2' }))

    assert.equal(committed().length, 2)
    assert.deepEqual(
      records.map(({ state }) => state),
      ['accepted', 'duplicate', 'accepted'],
    )
  })

  test('may find several facts in a delivery, or none', async () => {
    const Alerts = z.object({ alerts: z.array(z.object({ id: z.string() })) })
    const several = webhook.source({
      name: 'alerts',
      schema: Alerts,
      authentication: byToken('x-token'),
      event: ({ alerts }) => alerts.map((data) => ({ identity: [data.id], at: new Date(), data })),
    })
    const { post, committed } = await hooks(several)
    const headers = { 'x-token': 'token-of-the-sender-4711' }

    for (const alerts of [[], [{ id: 'a' }, { id: 'b' }, { id: 'a' }]])
      assert.equal((await post({ headers, body: JSON.stringify({ alerts }) })).status, 202)

    assert.deepEqual(
      committed().map(({ data }) => data),
      [{ id: 'a' }, { id: 'b' }],
    )
  })

  test('takes the signature of either secret', async () => {
    const { post } = await hooks(doors())

    const { status } = await post(signed({ key: process.env.ADDER_TEST_WEBHOOK_NEXT ?? '' }))

    assert.equal(status, 202)
  })

  const unauthentic: [string, Sent, RegExp][] = [
    ['a wrong signature', { key: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, /not one of this body/],
    ['no signature', { headers: { 'webhook-signature': '' } }, /does not hold \\"v1,\\" and 32 bytes in base64/],
    ['a delivery of ten minutes ago', { at: new Date(Date.now() - 600_000) }, /is 60\d s old; 300 s are allowed/],
    ['a delivery of the future', { at: new Date(Date.now() + 600_000) }, /ahead of Adder's clock/],
    ['no timestamp', { headers: { 'webhook-timestamp': '' } }, /holds neither Unix seconds/],
    ['no id', { headers: { 'webhook-id': '' } }, /webhook-id, which is signed, is missing/],
  ]
  for (const [what, sent, reason] of unauthentic) {
    test(`refuses ${what}, says why and records it`, async () => {
      const { post, committed, records } = await hooks(doors())

      const { status, said } = await post(signed(sent))

      assert.equal(status, 401)
      assert.match(said, reason)
      assert.deepEqual(committed(), [])
      assert.deepEqual(
        records.map(({ source, state, check }) => [source, state, check]),
        [['doors', 'refused', 'signature']],
      )
    })
  }

  test('keeps what has another shape, without its signature', async () => {
    const proven = doors({
      authentication: webhook.signature({ secret: secret('ADDER_TEST_WEBHOOK_TOKEN'), header: 'X-Proof', prefix: '' }),
    })
    const { post, records } = await hooks(proven)
    const body = '{"type":"badge.opened"}'
    const proof = createHmac('sha256', 'token-of-the-sender-4711').update(body).digest('hex')

    const { status, said } = await post({ body, headers: { 'x-proof': proof } })

    assert.equal(status, 422)
    assert.match(said, /type.*timestamp/)
    assert.deepEqual([records[0]?.state, records[0]?.content?.headers['x-proof']], ['kept', '[redacted]'])
  })

  test('takes a body of 8 MiB and refuses a larger one', async () => {
    const { post, committed } = await hooks(doors())
    const sized = (bytes: number) => {
      const start = JSON.stringify({ ...denied, padding: '' }).slice(0, -2)
      return `${start}${' '.repeat(bytes - start.length - 2)}"}`
    }

    const statuses = []
    for (const bytes of [8 * 1024 * 1024, 8 * 1024 * 1024 + 1])
      statuses.push((await post(signed({ id: `msg_${bytes}`, body: sized(bytes) }))).status)

    assert.deepEqual(statuses, [202, 413])
    assert.equal(committed().length, 1)
  })
})

describe('a source with a token', () => {
  const body = JSON.stringify(denied)
  const event: webhook.WebhookSourceOptions<z.infer<typeof Badge>, { door: string; badge: string }>['event'] = ({
    data = { door: '', badge: '' },
    timestamp,
  }) => ({ identity: [timestamp, data.badge], at: new Date(timestamp), data })

  for (const token of ['token-of-the-sender-4711', 'token-of-the-sender-4712']) {
    test(`takes it in the header that it names: ${token}`, async () => {
      const { post, lines } = await hooks(doors({ authentication: byToken('X-Door'), event }))

      const { status } = await post({ body, headers: { 'x-door': token } })

      assert.equal(status, 202)
      assert.doesNotMatch(lines.join(''), /token-of/)
    })
  }

  const refused: [string, string, Record<string, string>][] = [
    ['nowhere', '', {}],
    ['that is empty', '', { 'x-door': '' }],
    ['that is another', '', { 'x-door': 'token-of-the-sender' }],
    ['in another header', '', { authorization: 'Bearer token-of-the-sender-4711' }],
    ['in the query', '?token=token-of-the-sender-4711', {}],
  ]
  for (const [where, below, headers] of refused) {
    test(`refuses a delivery with the token ${where}`, async () => {
      const { post, committed, records } = await hooks(doors({ authentication: byToken('X-Door'), event }))

      const { status, said } = await post({ body, headers }, below)

      assert.equal(status, 401)
      assert.doesNotMatch(said, /token-of/)
      assert.deepEqual(committed(), [])
      assert.deepEqual([records[0]?.state, records[0]?.check], ['refused', 'token'])
    })
  }

  test('without a header takes it in the address', async () => {
    const { post } = await hooks(doors({ authentication: byToken(), event }))

    assert.equal((await post({ body, headers: {} }, '/token-of-the-sender-4711')).status, 202)
  })
})

describe('a source that sends from certain addresses', () => {
  const behindProxy = { trustedProxies: ['127.0.0.1'] }
  const cases: [string, string[], { trustedProxies?: string[] }, string | undefined, number][] = [
    ['the address of the connection', ['127.0.0.0/8'], {}, undefined, 202],
    ['a single address', ['127.0.0.1'], {}, undefined, 202],
    ['another address', ['203.0.113.0/24', '2001:db8::/32'], {}, undefined, 403],
    ['an address that somebody claims, without a trusted proxy', ['203.0.113.0/24'], {}, '203.0.113.9', 403],
    ['an address behind a trusted proxy', ['203.0.113.0/24'], behindProxy, '203.0.113.9', 202],
    ['the proxy itself', ['203.0.113.0/24'], behindProxy, undefined, 403],
    ['another address behind a trusted proxy', ['203.0.113.0/24'], behindProxy, '198.51.100.1', 403],
    [
      'an address claimed before the one that the proxy saw',
      ['203.0.113.0/24'],
      behindProxy,
      '203.0.113.9, 198.51.100.1',
      403,
    ],
    ['IPv6 behind a trusted proxy', ['2001:db8::/32'], behindProxy, '2001:db8::7', 202],
    ['IPv4 as IPv6 writes it', ['203.0.113.0/24'], behindProxy, '::ffff:203.0.113.9', 202],
    ['what is no address', ['0.0.0.0/0', '::/0'], behindProxy, '<script>', 403],
  ]
  for (const [what, from, options, forwardedFor, status] of cases) {
    test(`${status === 202 ? 'takes' : 'refuses'} a delivery from ${what}`, async () => {
      const { post, records, committed } = await hooks(doors({ from }), options)

      const answer = await post(
        signed({ headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor } }),
      )

      assert.equal(answer.status, status)
      assert.equal(committed().length, status === 202 ? 1 : 0)
      assert.deepEqual(
        records.map(({ state, check }) => [state, check]),
        [status === 202 ? ['accepted', undefined] : ['refused', 'address']],
      )
      assert.doesNotMatch(answer.said, /script/)
    })
  }

  test('refuses another before the body is read, and names the address for whoever looks', async () => {
    const { url, records } = await hooks(doors({ from: ['203.0.113.0/24'] }))
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write('POST /hooks/doors HTTP/1.1\r\nHost: adder\r\nContent-Length: 90000\r\n\r\n')

    assert.match(await text(socket), /^HTTP\/1\.1 403 /)
    assert.equal(records[0]?.reason, 'Nothing is taken from 127.0.0.1 here.')
  })
})

describe('an automation on a source', () => {
  test('is started by its events and by no other, with their type', () => {
    const source = doors()
    const trigger = webhook.received(source, { says: 'the door is D4', holds: ({ door }) => door === 'D4' })
    const openTicket = automation({
      name: 'denied',
      on: trigger,
      // Compiles only where the event has the type of the source's data.
      run: async ({ event }) => event.badge.length,
    })

    assert.equal(openTicket.on.kind, 'webhook.doors')
    const holds = (door: string) => trigger.conditions.every((condition) => condition.holds({ door, badge: '1' }))
    assert.deepEqual([holds('D4'), holds('D5')], [true, false])
    assert.deepEqual(webhook.received(source).conditions, [])
  })
})
