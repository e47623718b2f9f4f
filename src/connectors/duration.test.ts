import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../errors/config-error.ts'
import { durationMs } from './duration.ts'

test('a duration is a whole number of seconds, minutes, hours or days', () => {
  assert.deepEqual(['0s', '30s', '15m', '6h', '7d'].map(durationMs), [0, 30_000, 900_000, 21_600_000, 604_800_000])
})

for (const text of ['', '6', 'h', '6 h', '-1h', '1.5h', '1e3s', '100000d', '6h ', '6w'])
  test(`${JSON.stringify(text)} is no duration`, () => {
    assert.throws(() => durationMs(text), ConfigError)
  })
