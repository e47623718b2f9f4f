import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ended, endedPlay, type Recap } from './schema.ts'

const endedAt = '2026-11-29T12:00:00.000Z'
const through: Recap = { 'web-1': { ok: 1, changed: 0, failures: 0, unreachable: 0, skipped: 0 } }

for (const [what, written, recap, state] of [
  ['was interrupted', { code: 143, signal: null, isCancelled: false, isInterrupted: true }, {}, 'lost'],
  [
    'was interrupted when it was through',
    { code: 0, signal: null, isCancelled: false, isInterrupted: true },
    through,
    'succeeded',
  ],
  [
    'was cancelled, and interrupted then',
    { code: null, signal: 'SIGTERM', isCancelled: true, isInterrupted: true },
    {},
    'cancelled',
  ],
  [
    'was killed alone, without its keeper',
    { code: null, signal: 'SIGKILL', isCancelled: false, isInterrupted: false },
    {},
    'lost',
  ],
  [
    'was interrupted under an earlier keeper, which did not say so',
    { code: null, signal: 'SIGTERM', isCancelled: false },
    {},
    'lost',
  ],
  ['ended by itself under an earlier keeper', { code: 4, signal: null, isCancelled: false }, {}, 'failed'],
] as const)
  test(`takes a play that ${what} for ${state}`, () => {
    assert.equal(endedPlay(Ended.parse({ ...written, endedAt }), recap).state, state)
  })
