import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../errors/config-error.ts'
import { checkQuota, type Quota } from './quota.ts'

test('a quota is one number of requests for each period', () => {
  const quota: Quota = [
    { requests: 4, per: 'minute' },
    { requests: 500, per: 'day' },
  ]

  assert.equal(checkQuota(quota, 'quota'), quota)
})

const wrong: [string, unknown, RegExp][] = [
  ['no list', { requests: 4, per: 'minute' }, /quota: must be a list/],
  ['no requests at all', [{ requests: 0, per: 'minute' }], /quota\[0\]\.requests/],
  ['half a request', [{ requests: 0.5, per: 'minute' }], /quota\[0\]\.requests/],
  ['another period', [{ requests: 1, per: 'fortnight' }], /quota\[0\]\.per/],
  ['one period twice', [1, 2].map((requests) => ({ requests, per: 'day' })), /quota\[1\]\.per/],
]
for (const [what, quota, message] of wrong)
  test(`a quota with ${what} is a fault that says where`, () => {
    assert.throws(
      () => checkQuota(quota as Quota, 'quota'), // what JavaScript would let through
      (error) => error instanceof ConfigError && message.test(error.message),
    )
  })
