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
