import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { InjectOptions } from 'fastify'
import * as z from 'zod'
import { secret } from '../secrets/secret.ts'
import type { Auth } from './auth.ts'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint } from './endpoint.ts'
import { hmac } from './hmac.ts'
import { createLog } from './log.ts'
import { token } from './token.ts'
import type { Token } from './tokens.ts'
import { verifySignature } from './verify-signature.ts'

process.env.TEST_TOKEN_READER = 'reader-token-0123456789'
process.env.TEST_TOKEN_READER_NEXT = 'reader-token-next-0123'
process.env.TEST_TOKEN_WRITER = 'writer-token-0123456789'
process.env.TEST_SIGNING_SECRET = "It's a Secret to Everybody"
process.env.TEST_SIGNING_SECRET_NEXT = 'the next secret'

const tokens: Token[] = [
  { name: 'reader', secret: secret('TEST_TOKEN_READER'), scopes: ['lookups:read'] },
  { name: 'reader', secret: secret('TEST_TOKEN_READER_NEXT'), scopes: ['lookups:read'] },
  { name: 'writer', secret: secret('TEST_TOKEN_WRITER'), scopes: ['lookups:read', 'runs:start'] },
  { name: 'nobody', secret: secret('TEST_TOKEN_UNSET'), scopes: ['lookups:read', 'runs:start'] },
]
const signing = secret('TEST_SIGNING_SECRET')
const signingNext = secret('TEST_SIGNING_SECRET_NEXT')

function ask(auth: Auth, request: InjectOptions) {
  const whoAmI = endpoint({
    method: 'POST',
    path: '/',
    summary: '',
    auth,
    body: bytes({ maxBytes: 1000 }),
    output: z.object({ name: z.string() }),
    run: ({ caller }) => ({ name: caller?.name ?? '' }),
  })
  const log = createLog({ destination: { write: () => undefined } })
  return createServer({ endpoints: [whoAmI], tokens, log }).inject({ method: 'POST', url: '/', ...request })
}

const refusals: [header: string | undefined, status: number, challenge: string, says: RegExp][] = [
  [undefined, 401, 'Bearer', /no Authorization header/],
  ['', 401, 'Bearer', /not "Bearer" and a token/],
  ['Basic cmVhZGVy', 401, 'Bearer', /not "Bearer" and a token/],
  ['Bearer', 401, 'Bearer', /not "Bearer" and a token/],
  ['Bearer wrong', 401, 'Bearer error="invalid_token"', /not known/],
  ['Bearer reader-token-0123456789x', 401, 'Bearer error="invalid_token"', /not known/],
  [
    'Bearer reader-token-0123456789',
    403,
    'Bearer error="insufficient_scope", scope="lookups:read runs:start"',
    /lacks the scope runs:start\./,
  ],
]

for (const [authorization, status, challenge, says] of refusals) {
  test(`refuses the authorization ${JSON.stringify(authorization)} with ${status}`, async () => {
    const headers = authorization === undefined ? {} : { authorization }

    const response = await ask(token('lookups:read', 'runs:start'), { headers })

    assert.equal(response.statusCode, status)
    assert.equal(response.headers['www-authenticate'], challenge)
    assert.match(response.json().detail, says)
    assert.doesNotMatch(response.body, /0123456789/)
  })
}

test('lets a token with the scopes in, by its name, and its successor too', async () => {
  const asked = ['reader-token-0123456789', 'reader-token-next-0123', 'writer-token-0123456789'].map((value) =>
    ask(token('lookups:read'), { headers: { authorization: `bearer ${value}` } }),
  )

  const names = (await Promise.all(asked)).map((response) => response.json().name)

  assert.deepEqual(names, ['reader', 'reader', 'writer'])
})

test('sees a token that was changed while the server runs', async () => {
  process.env.TEST_TOKEN_ROTATING = 'before-0123456789'
  const rotating = { name: 'rotating', secret: secret('TEST_TOKEN_ROTATING'), scopes: [] }
  const who = endpoint({ method: 'GET', path: '/', summary: '', auth: token(), run: () => {} })
  const log = createLog({ destination: { write: () => undefined } })
  const server = createServer({ endpoints: [who], tokens: [rotating], log })
  const withToken = async (value: string) =>
    (await server.inject({ url: '/', headers: { authorization: `Bearer ${value}` } })).statusCode

  assert.equal(await withToken('before-0123456789'), 204)
  process.env.TEST_TOKEN_ROTATING = 'after-0123456789'

  assert.equal(await withToken('before-0123456789'), 401)
  assert.equal(await withToken('after-0123456789'), 204)
})

const vectors: [sender: string, body: string, header: string][] = [
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  ['GitHub', 'Hello, World!', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
  // https://developer.atlassian.com/cloud/jira/platform/webhooks/
  ['Jira', 'Hello World!', 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9'],
]

for (const [sender, body, header] of vectors) {
  test(`accepts the signature that ${sender} documents, and it alone`, () => {
    const check = { prefix: 'sha256=', secrets: signing }

    assert.equal(verifySignature(header, Buffer.from(body), check), true)
    assert.equal(verifySignature(header.toUpperCase().replace('SHA', 'sha'), Buffer.from(body), check), true)
    assert.equal(verifySignature(header, Buffer.from(`${body} `), check), false)
    assert.equal(verifySignature(header.slice(0, -1), Buffer.from(body), check), false)
    assert.equal(verifySignature(header.slice(7), Buffer.from(body), check), false)
    assert.equal(verifySignature(undefined, Buffer.from(body), check), false)
    assert.equal(verifySignature(header, Buffer.from(body), { ...check, secrets: secret('TEST_UNSET') }), false)
    assert.equal(verifySignature(header, Buffer.from(body), { ...check, secrets: [signingNext, signing] }), true)
  })
}

const signed = hmac({ caller: 'jira', header: 'X-Hub-Signature', prefix: 'sha256=', secrets: [signing, signingNext] })

test('lets a signed body in, by either of two secrets', async () => {
  const sign = (key: string) => `sha256=${createHmac('sha256', key).update('a body').digest('hex')}`

  const asked = ["It's a Secret to Everybody", 'the next secret', 'another secret'].map((key) =>
    ask(signed, { headers: { 'x-hub-signature': sign(key) }, payload: 'a body' }),
  )

  const responses = await Promise.all(asked)
  assert.deepEqual(
    responses.map(({ statusCode }) => statusCode),
    [200, 200, 401],
  )
  assert.equal(responses[0]?.json().name, 'jira')
  assert.equal(responses[2]?.headers['www-authenticate'], 'Signature header="x-hub-signature"')
})

test('refuses a signature of the wrong form before it reads the body', async () => {
  const tooLarge = 'a'.repeat(2000)

  const unsigned = await ask(signed, { payload: tooLarge })
  const malformed = await ask(signed, { headers: { 'x-hub-signature': 'sha256=00' }, payload: tooLarge })

  assert.deepEqual([unsigned.statusCode, malformed.statusCode], [401, 401])
})

test('refuses a caller that no check of an auth has named', async () => {
  const forgetful: Auth = {
    kind: 'checked',
    scheme: { name: 'forgetful', definition: { type: 'http', scheme: 'basic' }, scopes: [] },
    beforeBody: () => undefined,
    afterBody: async () => undefined,
  }

  assert.equal((await ask(forgetful, { payload: 'x' })).statusCode, 401)
})
