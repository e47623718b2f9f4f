import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { secret } from '../secrets/secret.ts'
import { bytes } from './bytes.ts'
import { createServer } from './create-server.ts'
import { endpoint, type HmacOptions, hmac } from './index.ts'
import { createLog } from './log.ts'
import { signedFaults } from './signed-bytes.ts'
import { signingKey } from './verify-signature.ts'

process.env.TEST_HMAC_STANDARD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
process.env.TEST_HMAC_SLACK = '8f742231b10e8888abcd99yyyzzz85a5'
process.env.TEST_HMAC_PLAIN = 'a secret of two'
process.env.TEST_HMAC_NEXT = 'the other of two'

const slackAt = 1531420618
const standardAt = 1614265330

/** https://docs.slack.dev/authentication/verifying-requests-from-slack (read in November 2026). */
const slack: HmacOptions = {
  header: 'X-Slack-Signature',
  prefix: 'v0=',
  secrets: secret('TEST_HMAC_SLACK'),
  signed: 'v0:{timestamp}:{body}',
  timestamp: { header: 'X-Slack-Request-Timestamp', toleranceSeconds: 300 },
  now: () => new Date(slackAt * 1000),
}
const slackBody =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const slackHeaders = {
  'x-slack-request-timestamp': String(slackAt),
  'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
}

/** https://github.com/standard-webhooks/standard-webhooks (1.0.0) and the test of its libraries. */
const standard: HmacOptions = {
  header: 'webhook-signature',
  prefix: 'v1,',
  encoding: 'base64',
  secrets: secret('TEST_HMAC_STANDARD'),
  secretEncoding: 'base64',
  signed: '{id}.{timestamp}.{body}',
  timestamp: { header: 'webhook-timestamp' },
  idHeader: 'webhook-id',
  now: () => new Date(standardAt * 1000),
}
const standardBody = '{"test": 2432232314}'
const standardSignature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const standardHeaders = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': String(standardAt),
  'webhook-signature': standardSignature,
}

async function answer(options: HmacOptions, headers: InjectOptions['headers'], payload = standardBody) {
  const door = endpoint({
    method: 'POST',
    path: '/',
    summary: '',
    auth: hmac(options),
    body: bytes({ maxBytes: 1000 }),
    run: () => undefined,
  })
  const log = createLog({ destination: { write: () => undefined } })
  const server = createServer({ endpoints: [door], log })
  const { statusCode, body } = await server.inject({ method: 'POST', url: '/', headers: headers ?? {}, payload })
  return statusCode === 204 ? 'let in' : `${statusCode}: ${JSON.parse(body).detail}`
}

const notOfThisBody = '401: The signature in webhook-signature is not one of this body.'

describe('a signature over more than the body', () => {
  test('is taken as Slack documents it', async () => {
    assert.equal(await answer(slack, slackHeaders, slackBody), 'let in')
  })

  test('is taken as Standard Webhooks documents it', async () => {
    assert.equal(await answer(standard, standardHeaders), 'let in')
  })

  test('is taken as CrowdStrike sends it, with the timestamp behind the body', async () => {
    const at = '2026-11-29T07:00:00Z'
    const digest = createHmac('sha256', 'a secret of two').update(`{}${at}`).digest('base64')
    const crowdStrike: HmacOptions = {
      header: 'x-cs-primary-signature',
      prefix: '',
      encoding: 'base64',
      secrets: secret('TEST_HMAC_PLAIN'),
      signed: '{body}{timestamp}',
      timestamp: { header: 'x-cs-delivery-timestamp' },
      now: () => new Date('2026-11-29T07:04:59Z'),
    }

    const headers = { 'x-cs-delivery-timestamp': at, 'x-cs-primary-signature': digest }

    assert.equal(await answer(crowdStrike, headers, '{}'), 'let in')
  })

  const changed: [string, Record<string, string>, string?][] = [
    ['the body', {}, '{"test": 2432232315}'],
    ['the id', { 'webhook-id': 'msg_other' }],
    ['the timestamp', { 'webhook-timestamp': String(standardAt + 1) }],
    ['the signature', { 'webhook-signature': standardSignature.replace('g0', 'g1') }],
  ]
  for (const [what, headers, body] of changed) {
    test(`is refused where ${what} is another one`, async () => {
      assert.equal(await answer(standard, { ...standardHeaders, ...headers }, body), notOfThisBody)
    })
  }

  const missing: [string, string, string][] = [
    ['its signature', 'webhook-signature', 'The header webhook-signature does not hold "v1," and 32 bytes in base64.'],
    [
      'the timestamp',
      'webhook-timestamp',
      'The header webhook-timestamp holds neither Unix seconds nor a time in RFC 3339.',
    ],
    ['the id', 'webhook-id', 'The header webhook-id, which is signed, is missing.'],
  ]
  for (const [what, header, detail] of missing) {
    test(`is refused without ${what}, before a body that is too large is read`, async () => {
      const headers = Object.fromEntries(Object.entries(standardHeaders).filter(([name]) => name !== header))

      assert.equal(await answer(standard, headers, 'x'.repeat(2000)), `401: ${detail}`)
    })
  }

  test('is refused with the header in another encoding or of another length', async () => {
    const hex = Buffer.from(standardSignature.slice(3), 'base64').toString('hex')

    for (const signature of [
      `v1,${hex}`,
      'v1,',
      'v1,AAAA',
      standardSignature.slice(3),
      `v1a,${standardSignature.slice(3)}`,
    ]) {
      const refused = await answer(standard, { ...standardHeaders, 'webhook-signature': signature })
      assert.match(refused, /^401: The header webhook-signature does not hold/, signature)
    }
  })
})

describe('a header with several signatures', () => {
  const other = 'v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
  const lists: [string, string][] = [
    ['first', `${standardSignature} ${other}`],
    ['last', `${other} ${standardSignature}`],
    [
      'beside one of another version',
      `v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== ${standardSignature}`,
    ],
  ]
  for (const [where, header] of lists) {
    test(`is taken where the right one is ${where}`, async () => {
      assert.equal(await answer(standard, { ...standardHeaders, 'webhook-signature': header }), 'let in')
    })
  }

  test('is refused where none is right', async () => {
    assert.equal(
      await answer(standard, { ...standardHeaders, 'webhook-signature': `${other} ${other}` }),
      notOfThisBody,
    )
  })

  test('may have a space in its prefix', async () => {
    const teams: HmacOptions = {
      header: 'authorization',
      prefix: 'HMAC ',
      encoding: 'base64',
      secrets: secret('TEST_HMAC_PLAIN'),
    }
    const digest = createHmac('sha256', 'a secret of two').update('{}').digest('base64')

    assert.equal(await answer(teams, { authorization: `HMAC ${digest}` }, '{}'), 'let in')
  })
})

describe('a timestamp', () => {
  const at = (seconds: number): HmacOptions => ({ ...standard, now: () => new Date((standardAt + seconds) * 1000) })
  const cases: [string, number, string][] = [
    ['of five minutes ago is taken', 300, 'let in'],
    ['of five minutes ahead is taken', -300, 'let in'],
    ['that is older is refused', 301, '401: The timestamp in webhook-timestamp is 301 s old; 300 s are allowed.'],
    [
      'that is further ahead is refused',
      -301,
      "401: The timestamp in webhook-timestamp is 301 s ahead of Adder's clock; 300 s are allowed.",
    ],
  ]
  for (const [what, seconds, expected] of cases) {
    test(what, async () => {
      assert.equal(await answer(at(seconds), standardHeaders), expected)
    })
  }

  for (const text of [
    '',
    '-1',
    'now',
    '1614265330000',
    '1614265330, 1614265330',
    '2021-02-25T15:02:10',
    '1e9',
    '9'.repeat(5000),
  ]) {
    test(`is refused that is none: ${JSON.stringify(text.slice(0, 30))}`, async () => {
      assert.match(await answer(standard, { ...standardHeaders, 'webhook-timestamp': text }), /^401: .* holds neither/)
    })
  }
})

describe('the key of a signature', () => {
  test('is either of two while one replaces the other', async () => {
    const both: HmacOptions = {
      header: 'x-signature',
      prefix: '',
      algorithm: 'sha512',
      secrets: [secret('TEST_HMAC_PLAIN'), secret('TEST_HMAC_NEXT'), secret('TEST_HMAC_UNSET')],
    }
    const signed = ['a secret of two', 'the other of two', 'a third', '[secret TEST_HMAC_UNSET]'].map((key) =>
      createHmac('sha512', key).update('{}').digest('hex'),
    )

    const answers = await Promise.all(signed.map((digest) => answer(both, { 'x-signature': digest }, '{}')))

    const refused = '401: The signature in x-signature is not one of this body.'
    assert.deepEqual(answers, ['let in', 'let in', refused, refused])
  })

  test('is never an empty one, which everybody has', async () => {
    for (const value of ['whsec_', '!!!!', 'whsec_c2hvcnQ=', 'not base64, and long enough for a key']) {
      process.env.TEST_HMAC_BROKEN = value
      const secrets = secret('TEST_HMAC_BROKEN')
      const digest = createHmac('sha256', '').update(`msg_1.${standardAt}.{}`).digest('base64')
      const headers = { ...standardHeaders, 'webhook-id': 'msg_1', 'webhook-signature': `v1,${digest}` }

      assert.equal(signingKey(secrets, { secretEncoding: 'base64' }), undefined, value)
      assert.equal(await answer({ ...standard, secrets }, headers, '{}'), notOfThisBody, value)
    }
  })

  test('may leave "whsec_" out', () => {
    process.env.TEST_HMAC_BARE = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

    const [bare, whole] = ['TEST_HMAC_BARE', 'TEST_HMAC_STANDARD'].map((name) =>
      signingKey(secret(name), { secretEncoding: 'base64' }),
    )

    assert.equal(bare?.length, 24)
    assert.deepEqual(bare, whole)
  })
})

test('what would prove nothing is told', () => {
  const timestamp = { header: 'x-timestamp' }

  assert.deepEqual(signedFaults({}), [])
  assert.deepEqual(signedFaults({ signed: '{timestamp}{body}', timestamp }), [])
  assert.deepEqual(signedFaults({ signed: '{timestamp}' }).length, 2)
  assert.deepEqual(signedFaults({ signed: '{body}{body}' }), ['signed must have {body} once'])
  assert.match(signedFaults({ timestamp })[0] ?? '', /must have \{timestamp\}/)
  assert.match(signedFaults({ idHeader: 'x-id' })[0] ?? '', /must have \{id\}/)
  assert.match(
    signedFaults({ signed: '{timestamp}{body}', timestamp: { ...timestamp, toleranceSeconds: 0 } })[0] ?? '',
    /toleranceSeconds/,
  )
})
