import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explainDelivery } from './explain-delivery.ts'
import type { ShownDelivery, ShownEvent } from './show-delivery.ts'

const receivedAt = '2026-11-24T08:00:00.000Z'

function shown(more: Partial<ShownDelivery>): ShownDelivery {
  const plain = {
    id: 'd1',
    source: 'splunk',
    receivedAt,
    ms: 4,
    isFilledIn: false,
    isSwept: false,
    state: 'accepted',
  } as const
  return { ...plain, events: [], redeliveredBy: [], actions: [], ...more }
}

function event(more: Partial<ShownEvent>): ShownEvent {
  const plain = { id: 'e1', kind: 'splunk.alert', state: 'accepted', at: receivedAt } as const
  return { ...plain, verdicts: [], runs: [], suppressedBy: [], ...more }
}

describe('explainDelivery', () => {
  const checks: [string, Partial<ShownDelivery>, string[]][] = [
    ['accepted', {}, ['yes', 'yes', 'yes', 'yes']],
    ['refused', { state: 'refused', check: 'token' }, ['yes', 'no', 'not asked', 'no']],
    ['refused for its size', { state: 'refused', check: 'size' }, ['yes', 'yes', 'no', 'no']],
    ['kept for its shape', { state: 'kept', check: 'shape' }, ['yes', 'yes', 'no', 'no']],
    ['kept for the engine', { state: 'kept', check: 'engine' }, ['yes', 'yes', 'yes', 'no']],
    ['swept', { isSwept: true }, ['no', 'yes', 'yes', 'yes']],
    ['gone when it was swept', { isSwept: true, state: 'kept', check: 'gone' }, ['no', 'yes', 'no', 'no']],
    ['a duplicate', { state: 'duplicate' }, ['yes', 'yes', 'yes', 'yes']],
  ]
  for (const [what, delivery, answers] of checks) {
    test(`answers each check of a delivery that is ${what}`, () => {
      const explanation = explainDelivery(shown(delivery))

      assert.deepEqual(
        explanation.checks.map(({ answer }) => answer),
        answers,
      )
    })
  }

  const matched = { automation: 'mock-scan', unmet: [] }
  const unmatched = { automation: 'other', unmet: ['searchName is "Other"'] }
  const toldByRun = { run: 'inv_1', automation: 'mock-scan' }
  const sentences: [string, Partial<ShownEvent>, RegExp][] = [
    ['it started something', { verdicts: [matched, unmatched] }, /^new; it started 1 automation$/],
    ['nothing matched', { verdicts: [unmatched] }, /^new; no automation matched$/],
    ['nothing listens', {}, /^new; no automation listens to this kind of event$/],
    ['it is stale', { state: 'stale' }, /^too old /],
    ['another delivery told it', { state: 'duplicate', toldBy: { delivery: 'd0', receivedAt } }, /delivery d0 of 2026/],
    ['a run of ours told it', { state: 'duplicate', toldBy: toldByRun }, /Adder's own run inv_1 \(mock-scan\)/],
  ]
  for (const [what, given, expected] of sentences) {
    test(`says of an event that ${what}`, () => {
      const [explained] = explainDelivery(shown({ events: [event(given)] })).events

      assert.match(explained?.detail ?? '', expected)
    })
  }

  test('names the conditions that said no', () => {
    const [explained] = explainDelivery(shown({ events: [event({ verdicts: [matched, unmatched] })] })).events

    assert.deepEqual(explained?.automations, [
      { automation: 'mock-scan', matched: true, unmet: [] },
      { automation: 'other', matched: false, unmet: ['searchName is "Other"'] },
    ])
  })
})
