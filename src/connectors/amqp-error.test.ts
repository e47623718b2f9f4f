import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { amqpError } from './amqp-error.ts'

/** A fault as Node and amqplib tell it. */
const fault = (message: string, code?: number | string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code })

const refusals: [string, Error, number, RegExp][] = [
  [
    'a login',
    fault('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"'),
    401,
    /user or password is wrong; reply code 403/,
  ],
  [
    'something that Adder’s account may not do',
    fault(
      'Channel closed by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - access to queue refused"',
      403,
    ),
    403,
    /account may not do that; reply code 403/,
  ],
  [
    'a queue that was declared otherwise',
    fault(
      `Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'a' in vhost '/': received 'true' but current is 'false'"`,
      406,
    ),
    406,
    /publish: it is there and was declared otherwise; reply code 406/,
  ],
  [
    'a message that was held for too long',
    fault(
      'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured, see consumers doc guide to learn more"',
      406,
    ),
    406,
    /publish: a message was not acknowledged in the time that the broker gives .*; reply code 406/,
  ],
  [
    'anything else that is not as it has to be',
    fault(
      'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - unknown delivery tag 1"',
      406,
    ),
    406,
    /publish: reply code 406/,
  ],
  ['a virtual host', fault('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'), 530, /no such virtual host/],
]
for (const [what, cause, status, words] of refusals)
  test(`a refusal of ${what} has the status ${status}`, () => {
    const error = amqpError(cause, 'RabbitMQ: publish', { mayHaveHappened: true })

    assert.ok(error instanceof ConnectorRefused)
    assert.equal(error.status, status)
    assert.match(error.message, words)
  })

for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])
  test(`a certificate that is not trusted (${code}) is waited for, and nothing was sent before`, () => {
    const error = amqpError(fault('not trusted', code), 'RabbitMQ: publish', { mayHaveHappened: true })

    assert.ok(error instanceof ConnectorUnavailable && !error.mayHaveHappened)
    assert.match(error.message, /set ca/)
  })
