import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import type { AdderEvent } from '../automations/event.ts'
import { createServer, type ServerOptions } from '../endpoints/create-server.ts'
import { createLog } from '../endpoints/log.ts'
import { secret } from '../secrets/secret.ts'
import type { DeliveryRecord } from './delivery.ts'
import { hookEndpoints } from './hook-endpoints.ts'
import type { SourceDefinition } from './source.ts'

const variables = {
  ADDER_TEST_HOOK_TOKEN: 'token-of-today-7f3a',
  ADDER_TEST_HOOK_TOKEN_OLD: 'token-of-yesterday-91bc',
  ADDER_TEST_HOOK_OTHER: 'token-of-another-source',
  ADDER_TEST_HOOK_SIGNING: "It's a Secret to Everybody",
  ADDER_TEST_HOOK_SIGNING_OLD: 'the one before',
}
before(() => Object.assign(process.env, variables))
after(() => {
  for (const name of Object.keys(variables)) delete process.env[name]
})

const Fact = z.object({ id: z.string() })
type Fact = z.infer<typeof Fact>

function source(name: string, authentication: SourceDefinition['authentication']): SourceDefinition<Fact> {
  return {
    name,
    integration: name,
    docs: `https://${name}.example/docs`,
    maxBytes: 100_000,
    authentication,
    schema: Fact,
    deliveryId: () => undefined,
    events: (data) => [{ kind: 'fact', identity: [data.id], at: new Date(), data }],
  }
}

const sources = [
  source('tokened', {
    kind: 'url-token',
    secrets: [secret('ADDER_TEST_HOOK_TOKEN'), secret('ADDER_TEST_HOOK_TOKEN_OLD'), secret('ADDER_TEST_HOOK_UNSET')],
  }),
  source('other', { kind: 'url-token', secrets: secret('ADDER_TEST_HOOK_OTHER') }),
  source('signed', {
    kind: 'signature',
    header: 'x-hub-signature',
    prefix: 'sha256=',
    secrets: [secret('ADDER_TEST_HOOK_SIGNING'), secret('ADDER_TEST_HOOK_SIGNING_OLD')],
  }),
]

async function listening(options: Partial<ServerOptions> = {}) {
  const committed: AdderEvent[] = []
  const records: DeliveryRecord[] = []
  const lines: string[] = []
  const log = createLog({ destination: { write: (line) => lines.push(line) } })
  const endpoints = hookEndpoints({
    sources,
    commit: async (event) => {
      committed.push(event)
      return { state: 'accepted', runId: event.id }
    },
    redactions: [],
    deliveries: { record: (delivery) => void records.push(delivery) },
    log,
  })
  const server = createServer({ endpoints, log, ...options })
  after(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const post = (path: string, { body = '{"id":"1"}', ...headers }: Record<string, string> = {}) =>
    fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  return { url, post, committed, records, lines }
}

function signature(body: string, key: string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

/** What a server answers to a request whose body never comes, or not all of it. */
async function answerTo(url: string, head: readonly string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${[...head, 'Host: adder', 'Content-Type: application/json'].join('\r\n')}\r\n\r\n${body}`)
  return text(socket)
}

describe('a hook with a token in its address', () => {
  const { ADDER_TEST_HOOK_TOKEN: token, ADDER_TEST_HOOK_TOKEN_OLD: oldToken, ADDER_TEST_HOOK_OTHER: other } = variables

  const accepted: [string, string, Record<string, string>][] = [
    ['in the path', `/hooks/tokened/${token}`, {}],
    ['in the query', `/hooks/tokened?token=${token}`, {}],
    ['as a bearer token', '/hooks/tokened', { authorization: `Bearer ${token}` }],
    ['as the password of HTTP Basic', '/hooks/tokened', { authorization: `Basic ${btoa(`am:${token}`)}` }],
    ['that is about to be replaced', `/hooks/tokened/${oldToken}`, {}],
  ]
  for (const [where, path, headers] of accepted) {
    test(`takes a delivery with the token ${where}`, async () => {
      const { post, committed, records, lines } = await listening()

      const response = await post(path, headers)

      assert.equal(response.status, 202)
      const receipt = z.object({ delivery: z.string(), events: z.array(z.unknown()) }).parse(await response.json())
      assert.deepEqual(receipt.events, [{ kind: 'fact', id: committed[0]?.id, state: 'accepted' }])
      assert.equal(records[0]?.id, receipt.delivery)
      assert.equal(response.headers.get('x-request-id'), receipt.delivery)
      assert.doesNotMatch(lines.join(''), /token-of/)
    })
  }

  const refused: [string, string, Record<string, string>][] = [
    ['without a token', '/hooks/tokened', {}],
    ['with an empty token', '/hooks/tokened?token=', {}],
    ['with two tokens in the query', `/hooks/tokened?token=${token}&token=${token}`, {}],
    ['with a wrong token', '/hooks/tokened/wrong', {}],
    ['with the beginning of the token', `/hooks/tokened/${token.slice(0, -1)}`, {}],
    ["with another source's token", `/hooks/tokened/${other}`, {}],
    ['with the name of a secret that is not set', '/hooks/tokened/[secret%20ADDER_TEST_HOOK_UNSET]', {}],
    ['with the token after another word', '/hooks/tokened', { authorization: `Splunk ${token}` }],
    ['with the token as a user', '/hooks/tokened', { authorization: `Basic ${btoa(`${token}:`)}` }],
    ['with no user and no colon', '/hooks/tokened', { authorization: `Basic ${btoa(token)}` }],
    ['with a password that is not Base64', '/hooks/tokened', { authorization: `Basic adder:${token}` }],
  ]
  for (const [how, path, headers] of refused) {
    test(`refuses a delivery ${how} and commits nothing`, async () => {
      const { post, committed, records } = await listening()

      const response = await post(path, headers)

      assert.equal(response.status, 401)
      assert.doesNotMatch(await response.text(), /token-of/)
      assert.deepEqual(committed, [])
      assert.deepEqual(
        records.map(({ source, state, check }) => [source, state, check]),
        [['tokened', 'refused', 'token']],
      )
    })
  }

  test('answers a wrong token without reading the body', async () => {
    const { url } = await listening()

    const answer = await answerTo(url, ['POST /hooks/tokened/wrong HTTP/1.1', 'Content-Length: 90000'])

    assert.match(answer, /^HTTP\/1\.1 401 /)
  })

  test('answers a body that is announced as too large without reading it', async () => {
    const { url, committed } = await listening()

    const answer = await answerTo(url, [`POST /hooks/tokened/${token} HTTP/1.1`, 'Content-Length: 104857600'])

    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.deepEqual(committed, [])
  })

  test('stops reading a body that turns out too large', async () => {
    const { url, committed } = await listening()
    const chunk = `19000\r\n${' '.repeat(0x19000)}\r\n`

    const answer = await answerTo(url, [`POST /hooks/tokened/${token} HTTP/1.1`, 'Transfer-Encoding: chunked'], chunk)

    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.deepEqual(committed, [])
  })

  test('gives up on a body that does not arrive in time', async () => {
    const { url, committed } = await listening({ requestTimeoutMs: 100 })

    const answer = await answerTo(url, [`POST /hooks/tokened/${token} HTTP/1.1`, 'Content-Length: 10'], '{"id"')

    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.deepEqual(committed, [])
  })
})

describe('a hook with a signature', () => {
  const body = '{"id":"1"}'
  const { ADDER_TEST_HOOK_SIGNING: key, ADDER_TEST_HOOK_SIGNING_OLD: oldKey } = variables

  test('takes what is signed with either of the secrets', async () => {
    const { post, committed } = await listening()

    const responses = await Promise.all(
      [key, oldKey].map((each) => post('/hooks/signed', { body, 'x-hub-signature': signature(body, each) })),
    )

    assert.deepEqual(
      responses.map(({ status }) => status),
      [202, 202],
    )
    assert.equal(committed.length, 2)
  })

  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries and
  // https://developer.atlassian.com/cloud/jira/platform/webhooks/: neither body is a delivery, so the answer is 400.
  const vectors = [
    ['Hello, World!', '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
    ['Hello World!', 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9'],
  ] as const
  for (const [vector, digest] of vectors) {
    test(`takes the published signature of "${vector}" for authentic`, async () => {
      const { post, records } = await listening()

      const response = await post('/hooks/signed', { body: vector, 'x-hub-signature': `sha256=${digest}` })

      assert.equal(response.status, 400)
      assert.deepEqual(
        records.map(({ state, check }) => [state, check]),
        [['kept', 'json']],
      )
    })
  }

  const refused: [string, Record<string, string>][] = [
    ['without a signature', {}],
    ['with the signature of another body', { 'x-hub-signature': signature('{"id":"2"}', key) }],
    ['with the signature of another secret', { 'x-hub-signature': signature(body, 'guess') }],
    ['with a signature that is cut short', { 'x-hub-signature': signature(body, key).slice(0, -2) }],
    ['with another algorithm', { 'x-hub-signature': signature(body, key).replace('sha256', 'sha1') }],
    ['with the secret in the address', { authorization: `Bearer ${key}` }],
  ]
  for (const [how, headers] of refused) {
    test(`refuses a delivery ${how} and commits nothing`, async () => {
      const { post, committed, records } = await listening()

      const response = await post('/hooks/signed', { body, ...headers })

      assert.equal(response.status, 401)
      assert.deepEqual(committed, [])
      assert.deepEqual(
        records.map(({ source, state, check }) => [source, state, check]),
        [['signed', 'refused', 'signature']],
      )
    })
  }
})

test('two sources that use one header in two ways are both described', () => {
  const secrets = secret('ADDER_TEST_HOOK_SIGNING')
  const common = { kind: 'signature', header: 'x-signature', secrets } as const

  const endpoints = hookEndpoints({
    sources: [
      source('plain', { ...common, prefix: 'sha256=' }),
      source('stamped', { ...common, prefix: 'v1,', encoding: 'base64' }),
    ],
    commit: async ({ id }) => ({ state: 'accepted', runId: id }),
    redactions: [],
    deliveries: { record: () => undefined },
    log: createLog({ destination: { write: () => undefined } }),
  })

  assert.deepEqual(
    endpoints.map(({ auth }) => auth.kind === 'checked' && [auth.scheme.name, auth.scheme.definition.description]),
    [
      ['plain-signature-x-signature', '"sha256=" and 64 hexadecimal digits: the HMAC-SHA256 of `{body}`.'],
      ['stamped-signature-x-signature', '"v1," and 32 bytes in base64: the HMAC-SHA256 of `{body}`.'],
    ],
  )
})
