import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile } from '../bench/statistics.ts'

test('a percentile is the smallest value that the share does not exceed, in any order of the values', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)

  const found = [percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1), percentile(values, 0)]

  assert.deepEqual(found, [50, 99, 100, 1])
})

test('the median of three rounds is the middle one', () => {
  const rounds = [412, 380, 401]

  const middle = median(rounds)

  assert.equal(middle, 401)
})
