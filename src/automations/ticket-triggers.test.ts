import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TicketCommented, TicketUpdated } from './ticket-events.ts'
import { ticketClosed, ticketCommented, ticketCreated, ticketUpdated } from './ticket-triggers.ts'
import type { Trigger } from './trigger.ts'

const updated: TicketUpdated = {
  ticket: { id: '10001', key: 'SEC-1', url: 'https://acme.atlassian.net/browse/SEC-1' },
  summary: 'Odd login',
  description: '',
  labels: ['mock-scan'],
  project: 'SEC',
  type: 'Incident',
  status: 'To Do',
  changes: [{ field: 'Alert type', fieldId: 'customfield_10010', from: null, to: 'Malware' }],
}

const commented: TicketCommented = { ticket: updated.ticket, project: 'SEC', comment: { id: '1', body: 'hello' } }

function matches<Data>(trigger: Trigger<Data>, data: Data): boolean {
  return trigger.conditions.every(({ holds }) => holds(data))
}

describe('a ticket trigger', () => {
  test('without a filter matches every ticket', () => {
    assert.ok(matches(ticketCreated(), updated))
    assert.ok(matches(ticketClosed(), updated))
    assert.ok(matches(ticketUpdated(), updated))
    assert.ok(matches(ticketCommented(), commented))
  })

  const filters = [
    [{ label: 'mock-scan' }, true],
    [{ label: 'mock' }, false],
    [{ project: 'SEC' }, true],
    [{ project: 'sec' }, false],
    [{ type: 'incident' }, true],
    [{ type: 'Task' }, false],
    [{ label: 'mock-scan', project: 'OPS' }, false],
  ] as const
  for (const [filter, expected] of filters)
    test(`with ${JSON.stringify(filter)} ${expected ? 'matches' : 'does not match'}`, () => {
      assert.equal(matches(ticketCreated(filter), updated), expected)
      assert.equal(matches(ticketClosed(filter), updated), expected)
      assert.equal(matches(ticketUpdated(filter), updated), expected)
    })

  test('on a field matches its name in any case and its id, and no other field', () => {
    assert.ok(matches(ticketUpdated({ field: 'alert TYPE' }), updated))
    assert.ok(matches(ticketUpdated({ field: 'customfield_10010' }), updated))
    assert.ok(!matches(ticketUpdated({ field: 'status' }), updated))
  })

  test('on a comment does not match a type that the sender left out', () => {
    assert.ok(matches(ticketCommented({ project: 'SEC' }), commented))
    assert.ok(!matches(ticketCommented({ type: 'Incident' }), commented))
  })

  test('says each of its conditions in words', () => {
    const trigger = ticketUpdated({ label: 'a', project: 'SEC', type: 'Incident', field: 'status' })

    const words = trigger.conditions.map(({ says }) => says)

    assert.deepEqual(words, ['labels include "a"', 'project is "SEC"', 'type is "Incident"', '"status" changed'])
  })
})
