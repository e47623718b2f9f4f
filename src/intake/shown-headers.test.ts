import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { secret } from '../secrets/secret.ts'
import { shownHeaders } from './shown-headers.ts'

test('shown headers mask credentials by name and secrets by value', () => {
  process.env.ADDER_TEST_SHOWN_HEADERS = 'squeamish-ossifrage'
  after(() => delete process.env.ADDER_TEST_SHOWN_HEADERS)
  secret('ADDER_TEST_SHOWN_HEADERS')

  const shown = shownHeaders({
    authorization: 'Bearer a',
    'proxy-authorization': 'Basic b',
    cookie: 'c=1',
    'set-cookie': ['d=1'],
    'x-hub-signature': 'sha256=e',
    'x-api-key': 'f',
    'x-gitlab-token': 'g',
    referer: 'http://127.0.0.1/hooks/splunk/squeamish-ossifrage',
    'content-type': 'application/json',
  })

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

test('shown headers mask the one that proves who sent it, whatever its name', () => {
  assert.deepEqual(shownHeaders({ 'x-proof': 'v1=abc', 'x-id': '7' }, 'X-Proof'), {
    'x-proof': '[redacted]',
    'x-id': '7',
  })
})
