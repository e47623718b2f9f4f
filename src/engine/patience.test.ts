import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Patience } from './patience.ts'

test('patience ends before the wait that would be more than it', () => {
  const patience = new Patience(3500, () => 1)

  const waits = [patience.nextWaitMs(), patience.nextWaitMs(), patience.nextWaitMs(), patience.nextWaitMs()]

  assert.deepEqual(waits, [500, 1000, 2000, undefined])
})

test('patience does not sit out a quota that opens too late', () => {
  assert.equal(new Patience(3500, () => 1).nextWaitMs(3501), undefined)
})
