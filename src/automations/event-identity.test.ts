import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventIdentity } from './event-identity.ts'

test('the identity of a fact is the same in every process and version', () => {
  assert.equal(
    eventIdentity('ticket.created', ['acme.atlassian.net', '10001']),
    'af4c0b209ebfd1dabd685f8b4b2d6581125f6c66f684b17939b4a002d27192c5',
  )
})

test('facts that differ in their kind or in any part have different identities', () => {
  const facts: [string, string[]][] = [
    ['a', []],
    ['a', ['']],
    ['a', ['b', 'c']],
    ['a', ['bc']],
    ['a', ['b,c']],
    ['a', ['c', 'b']],
    ['a","b', ['c']],
    ['b', ['b', 'c']],
  ]

  const identities = new Set(facts.map(([kind, parts]) => eventIdentity(kind, parts)))

  assert.equal(identities.size, facts.length)
})
