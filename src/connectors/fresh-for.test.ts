import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshMs } from './fresh-for.ts'

const minuteMs = 60_000

test('answers are as long fresh as the connector says, and not at all where it says nothing', () => {
  assert.deepEqual(freshMs({ found: '6h', notFound: '10m' }), { found: 360 * minuteMs, notFound: 10 * minuteMs })
  assert.deepEqual(freshMs(undefined), { found: 0, notFound: 0 })
})

test('an enrichment says otherwise, but "not found" never holds longer than the connector says, or an hour', () => {
  assert.deepEqual(freshMs({ found: '6h', notFound: '10m' }, '1d'), { found: 1440 * minuteMs, notFound: 10 * minuteMs })
  assert.deepEqual(freshMs({ found: '6h', notFound: '10m' }, '5m'), { found: 5 * minuteMs, notFound: 5 * minuteMs })
  assert.deepEqual(freshMs(undefined, '6h'), { found: 360 * minuteMs, notFound: 60 * minuteMs })
  assert.deepEqual(freshMs({ found: '6h', notFound: '10m' }, '0s'), { found: 0, notFound: 0 })
})
