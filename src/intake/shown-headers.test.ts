import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { secret } from '../secrets/secret.ts'
import { shownHeaders } from './shown-headers.ts'

test('shown headers mask credentials by name and secrets by value', () => {
  process.env.ADDER_TEST_SHOWN_HEADERS = 'squeamish-ossifrage'
  after(() => delete process.env.ADDER_TEST_SHOWN_HEADERS)
  const secrets = secret('ADDER_TEST_SHOWN_HEADERS')

  const shown = shownHeaders(
    {
      authorization: 'Bearer a',
      'proxy-authorization': 'Basic b',
      cookie: 'c=1',
      'set-cookie': ['d=1'],
      'x-hub-signature': 'sha256=e',
      'x-api-key': 'f',
      'x-gitlab-token': 'g',
      referer: 'http://127.0.0.1/hooks/splunk/squeamish-ossifrage',
      'content-type': 'application/json',
    },
    { kind: 'url-token', secrets },
  )

  assert.deepEqual(shown, {
    authorization: '[redacted]',
    'proxy-authorization': '[redacted]',
    cookie: '[redacted]',
    'set-cookie': '[redacted]',
    'x-hub-signature': '[redacted]',
    'x-api-key': '[redacted]',
    'x-gitlab-token': '[redacted]',
    referer: 'http://127.0.0.1/hooks/splunk/[secret]',
    'content-type': 'application/json',
  })
})

test('shown headers mask what proves who sent them, whatever its name, and never the id that is signed', () => {
  const authentication = {
    kind: 'signature',
    header: 'X-Proof',
    prefix: '',
    signed: '{id}{body}',
    idHeader: 'Idempotency-Key',
    secrets: secret('ADDER_TEST_SHOWN_HEADERS'),
  } as const

  const shown = shownHeaders({ 'x-proof': 'abc', 'idempotency-key': '7', 'x-api-key': 'f' }, authentication)

  assert.deepEqual(shown, { 'x-proof': '[redacted]', 'idempotency-key': '7', 'x-api-key': '[redacted]' })
})
