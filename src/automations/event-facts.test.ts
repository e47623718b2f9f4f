import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { automation } from './automation.ts'
import { eventFacts } from './event-facts.ts'
import { ticketCreated } from './ticket-triggers.ts'

const md5 = '44d88612fea8a8f36de82e1278abb02f'
const ticket = { id: '10001', key: 'SEC-1', url: 'https://jira.example/browse/SEC-1' }
const facts = { ticket, summary: 'Look at this', labels: ['mock-scan'], project: 'SEC', type: 'Incident' }

function created(data: object) {
  return {
    kind: 'ticket.created',
    id: 'e1',
    at: '2026-11-24T08:00:00.000Z',
    source: 'jira',
    data: { ...facts, ...data },
  }
}

describe('eventFacts', () => {
  test('tells what an event is about, and nothing else of its data', () => {
    const event = created({ description: `user: mlisa\nfile ${md5}`, marker: 'adder-1' })

    const { verdicts: _verdicts, ...rest } = eventFacts(event, [])

    assert.deepEqual(rest, {
      kind: 'ticket.created',
      id: 'e1',
      at: '2026-11-24T08:00:00.000Z',
      source: 'jira',
      ticket,
      openedBy: 'adder-1',
      observables: [
        { kind: 'md5', value: md5 },
        { kind: 'user', value: 'mlisa' },
      ],
    })
  })

  test('tells of each automation that listens to the kind which conditions say no', () => {
    const run = async () => undefined
    const automations = [
      automation({ name: 'all', on: ticketCreated(), run }),
      automation({ name: 'others', on: ticketCreated({ label: 'phishing', type: 'Incident', project: 'IT' }), run }),
      automation({ name: 'alerts', on: { kind: 'splunk.alert', conditions: [] }, run }),
    ]

    const { verdicts } = eventFacts(created({ description: '' }), automations)

    assert.deepEqual(verdicts, [
      { automation: 'all', unmet: [] },
      { automation: 'others', unmet: ['labels include "phishing"', 'project is "IT"'] },
    ])
  })

  test('takes a condition that can’t be decided to hold, as its run does', () => {
    const undecided = { says: 'the host is known', holds: () => assert.fail('no host') }
    const automations = [
      automation({ name: 'odd', on: { kind: 'ticket.created', conditions: [undecided] }, run: async () => undefined }),
    ]

    const { verdicts } = eventFacts(created({ description: '' }), automations)

    assert.deepEqual(verdicts, [{ automation: 'odd', unmet: [] }])
  })
})
