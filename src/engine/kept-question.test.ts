import assert from 'node:assert/strict'
import { test } from 'node:test'
import { found, notFound } from '../connectors/outcome.ts'
import { type Kept, knownOf, neededUntil } from './kept-question.ts'
import type { Asking } from './question.ts'

const noon = Date.parse('2026-11-25T12:00:00Z')
const minuteMs = 60_000
const question = { connector: 'oracle', lookup: 'ask', input: 'hash' }
const freshMs = { found: 60 * minuteMs, notFound: 5 * minuteMs }
const asking: Asking = { question, freshMs, withinMs: 0 }
const kept: Kept = { question, attempts: 0, freshMs }

test('an answer is known while it is fresh, and says after a minute when it was asked', () => {
  const answered = { ...kept, answer: { value: found('it'), at: noon } }

  assert.deepEqual(knownOf(answered, asking, noon + 2000), { kind: 'done', value: { kind: 'found', value: 'it' } })
  assert.deepEqual(knownOf(answered, asking, noon + 59 * minuteMs), {
    kind: 'done',
    value: { kind: 'found', value: 'it', askedAt: '2026-11-25T12:00:00.000Z' },
  })
  assert.equal(knownOf(answered, asking, noon + 60 * minuteMs), undefined)
})

test('that there was nothing is known for a shorter time', () => {
  const answered = { ...kept, answer: { value: notFound(), at: noon } }

  assert.equal(knownOf(answered, asking, noon + 4 * minuteMs)?.kind, 'done')
  assert.equal(knownOf(answered, asking, noon + 5 * minuteMs), undefined)
})

test('whoever waited for an answer is given it, however short answers are fresh', () => {
  const answered = { ...kept, answer: { value: found('it'), at: noon } }
  const fussy = { ...asking, freshMs: { found: 0, notFound: 0 } }

  assert.equal(knownOf(answered, { ...fussy, since: noon - 1 }, noon + 9 * minuteMs)?.kind, 'done')
  assert.equal(knownOf(answered, { ...fussy, since: noon + 1 }, noon + 9 * minuteMs), undefined)
})

test('a failure is known until the next attempt', () => {
  const tried = { kind: 'again', code: 'connector.unavailable', reason: 'down' } as const
  const failed = { ...kept, trouble: { tried, until: noon + 1000 } }

  assert.deepEqual(knownOf(failed, asking, noon + 400), { ...tried, waitMs: 600 })
  assert.equal(knownOf(failed, asking, noon + 1000), undefined)
})

test('an answer is kept while it is fresh, and ten minutes at least for those who wait for it', () => {
  assert.equal(neededUntil({ ...kept, answer: { value: found('it'), at: noon } }), noon + 60 * minuteMs)
  assert.equal(neededUntil({ ...kept, answer: { value: notFound(), at: noon } }), noon + 10 * minuteMs)
  assert.equal(neededUntil(kept), 0)
})
