import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from 'amqplib'
import { messageHeaders } from './message-headers.ts'

/** A message of which only what its publisher gave it matters. */
function message(properties: Partial<Message['properties']>): Message {
  const fields = { exchange: 'siem', routingKey: 'alert.high', deliveryTag: 1, redelivered: false }
  return { content: Buffer.alloc(0), fields, properties } as unknown as Message // the other properties are not there
}

const where = { 'content-type': 'application/json', exchange: 'siem', 'routing-key': 'alert.high' }

test('a message has the headers that its publisher gave it, in lower case', () => {
  const headers = messageHeaders(
    message({ messageId: 'm-1', headers: { 'X-Severity': 'high', count: 3, deep: { a: 1 } } }),
  )

  assert.deepEqual(headers, { ...where, 'message-id': 'm-1', 'x-severity': 'high', count: '3' })
})

test('a header of the publisher’s own never takes the place of a property, whether or not that is there', () => {
  const own = ['Message-Id', 'message-id', 'TIMESTAMP', 'Content-Encoding', 'Content-Type', 'Routing-Key', 'App-Id']

  const headers = messageHeaders(message({ headers: Object.fromEntries(own.map((name) => [name, 'forged'])) }))

  assert.deepEqual(headers, where)
})
