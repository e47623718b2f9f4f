import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfter } from './retry-after.ts'

const now = new Date('2026-11-02T10:00:00Z')

for (const [header, until] of [
  ['0', '2026-11-02T10:00:00.000Z'],
  ['120', '2026-11-02T10:02:00.000Z'],
  [' 120 ', '2026-11-02T10:02:00.000Z'],
  ['Mon, 02 Nov 2026 11:30:00 GMT', '2026-11-02T11:30:00.000Z'],
  ['Monday, 02-Nov-26 11:30:00 GMT', '2026-11-02T11:30:00.000Z'],
  ['Mon Nov  2 11:30:00 2026', '2026-11-02T11:30:00.000Z'],
] as const)
  test(`reads "${header}" as ${until}`, () => {
    assert.equal(retryAfter(header, now)?.toISOString(), until)
  })

test('takes a time in the past for now', () => {
  const until = retryAfter('Sun, 06 Nov 1994 08:49:37 GMT', now)

  assert.deepEqual(until, now)
})

for (const header of [undefined, null, '', ' ', '-5', '1.5', '1e3', 'soon', '12345678901', '2026-11-02', 'Mon, 99 Nov'])
  test(`takes nothing from ${JSON.stringify(header)}`, () => {
    assert.equal(retryAfter(header, now), undefined)
  })
