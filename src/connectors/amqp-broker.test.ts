import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../errors/config-error.ts'
import { secret } from '../secrets/secret.ts'
import { authority } from '../stand-ins/test-certificate.ts'
import { type AmqpBrokerOptions, amqpBroker } from './amqp-broker.ts'

const good: AmqpBrokerOptions = {
  url: 'amqps://mq.acme.example',
  user: 'adder',
  password: secret('AMQP_TEST_PASSWORD'),
}

describe('a broker', () => {
  const read: [string, object][] = [
    ['amqps://mq.acme.example', { host: 'mq.acme.example', port: 5671, vhost: '/', where: 'mq.acme.example' }],
    ['amqps://mq.acme.example/', { host: 'mq.acme.example', port: 5671, vhost: '/', where: 'mq.acme.example' }],
    ['amqps://mq.acme.example/%2F', { host: 'mq.acme.example', port: 5671, vhost: '/', where: 'mq.acme.example' }],
    [
      'amqps://mq.acme.example:1/soc',
      { host: 'mq.acme.example', port: 1, vhost: 'soc', where: 'mq.acme.example:1/soc' },
    ],
    ['amqps://[2001:db8::1]/a%2Fb', { host: '2001:db8::1', port: 5671, vhost: 'a/b', where: '[2001:db8::1]/a/b' }],
    ['amqp://127.0.0.1', { host: '127.0.0.1', port: 5672, vhost: '/', where: '127.0.0.1' }],
    ['amqp://localhost:5000', { host: 'localhost', port: 5000, vhost: '/', where: 'localhost:5000' }],
  ]
  for (const [url, expected] of read)
    test(`is where its address says: ${url}`, () => {
      const { host, port, vhost, where } = amqpBroker({ ...good, url }, 'x')

      assert.deepEqual({ host, port, vhost, where }, expected)
    })

  const refused: [string, Partial<AmqpBrokerOptions>, RegExp][] = [
    ['without an address', { url: 'mq.acme.example' }, /url.*is no address/],
    ['with the address of a web page', { url: 'https://mq.acme.example' }, /url.*is no address/],
    ['with a password in its address', { url: 'amqps://adder:hunter2@mq.acme.example' }, /holds a user or a password/],
    ['with options in its address', { url: 'amqps://mq.acme.example?heartbeat=0' }, /holds a query/],
    ['in the clear on another machine', { url: 'amqp://mq.acme.example' }, /passwords only go over TLS/],
    ['with two virtual hosts', { url: 'amqps://mq.acme.example/a/b' }, /a slash in its name is written %2F/],
    ['with a virtual host that can’t be read', { url: 'amqps://mq.acme.example/%zz' }, /no virtual host/],
    ['without a user', { user: ' ' }, /user.*is empty/],
    ['with a file of an authority that is not there', { ca: '/nowhere/ca.pem' }, /ca.*can't be read/],
  ]
  for (const [what, options, problem] of refused)
    test(`is refused ${what}, and nothing of a password is shown`, () => {
      assert.throws(
        () => amqpBroker({ ...good, ...options }, 'rabbitmq.source'),
        (error) => {
          assert.ok(error instanceof ConfigError)
          assert.match(error.message, problem)
          assert.match(error.message, /rabbitmq\.source\(/)
          assert.doesNotMatch(error.message, /hunter2/)
          return true
        },
      )
    })

  test('names all that is wrong with it at once', () => {
    assert.throws(
      () => amqpBroker({ ...good, url: '', user: '' }, 'x'),
      (error) => error instanceof ConfigError && error.faults.length === 2,
    )
  })

  test('takes an authority as text', () => {
    assert.equal(amqpBroker({ ...good, ca: authority }, 'x').ca, authority)
  })
})
