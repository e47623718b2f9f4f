import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Quota } from '../connectors/quota.ts'
import { earliestTurn, turnAfter, turnHoldsMs, type Usage, windowUsage, withTurn } from './turns.ts'

const noon = Date.parse('2026-11-25T12:00:00Z')
const midnight = Date.parse('2026-11-26T00:00:00Z')
const minuteMs = 60_000
const virusTotal: Quota = [
  { requests: 4, per: 'minute' },
  { requests: 500, per: 'day' },
]

/** The times of so many turns, each as early as it can be. */
function turns(quota: Quota, count: number, from = noon): { times: number[]; usage: Usage } {
  let usage: Usage = {}
  let at = from
  const times = Array.from({ length: count }, () => {
    at = earliestTurn(quota, usage, at)
    usage = withTurn(quota, usage, at)
    return at
  })
  return { times, usage }
}

test('four requests a minute are asked at once, and the fifth when a minute has passed for sure', () => {
  const { times } = turns(virusTotal, 5)

  assert.deepEqual(times.slice(0, 4), [noon, noon, noon, noon])
  assert.ok((times[4] ?? 0) >= noon + minuteMs + turnHoldsMs && (times[4] ?? 0) <= noon + minuteMs + 2 * turnHoldsMs)
})

test('the day’s quota opens at 00:00 UTC', () => {
  const { times } = turns(virusTotal, 501, noon)

  assert.ok((times[499] ?? 0) < midnight)
  assert.equal(times[500], midnight)
})

test('the month’s quota opens on the first', () => {
  const { times } = turns([{ requests: 2, per: 'month' }], 3, Date.parse('2026-12-31T23:59:00Z'))

  assert.equal(times[2], Date.parse('2027-01-01T00:00:00Z'))
})

test('no window ever sees more turns than it allows, and what is kept of them stays small', () => {
  const lengthsMs = { second: 1000, minute: minuteMs, hour: 60 * minuteMs }
  const period = fc.constantFrom('second', 'minute', 'hour')
  const gaps = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 200 })

  fc.assert(
    fc.property(period, fc.integer({ min: 1, max: 70 }), gaps, (per, requests, waits) => {
      const quota = [{ requests, per }]
      let usage: Usage = {}
      let at = noon
      const times = waits.map((wait) => {
        at = earliestTurn(quota, usage, at + wait)
        usage = withTurn(quota, usage, at)
        return at
      })

      for (const [index, time] of times.entries()) {
        const next = times[index + requests]
        // A request that is sent as late as it may be, and one that is sent at once.
        assert.ok(next === undefined || next >= time + turnHoldsMs + lengthsMs[per])
      }
      assert.ok((usage[per]?.length ?? 0) <= 102)
    }),
  )
})

test('a turn behind others comes when theirs have been', () => {
  const { usage } = turns(virusTotal, 4)

  const alone = turnAfter(virusTotal, usage, { from: noon, ahead: 0, latest: Infinity })
  const fifth = turnAfter(virusTotal, usage, { from: noon, ahead: 4, latest: Infinity })
  const tomorrow = turnAfter(virusTotal, usage, { from: noon, ahead: 496, latest: Infinity })

  assert.equal(alone, earliestTurn(virusTotal, usage, noon))
  assert.ok(fifth >= alone + minuteMs)
  assert.equal(tomorrow, midnight)
})

test('a turn that is too far away is not reckoned to its end', () => {
  const { usage } = turns(virusTotal, 4)
  const latest = noon + 10 * minuteMs

  const at = turnAfter(virusTotal, usage, { from: noon, ahead: 1_000_000_000, latest })

  assert.ok(at > latest && at < latest + 2 * minuteMs)
})

test('what is used counts until it counts no longer', () => {
  const { usage } = turns(virusTotal, 3)

  const [minute, day] = windowUsage(virusTotal, usage, noon + 1000)
  const [laterMinute, laterDay] = windowUsage(virusTotal, usage, noon + 2 * minuteMs)

  assert.deepEqual([minute?.used, day?.used, day?.resetsAt], [3, 3, midnight])
  assert.deepEqual([laterMinute?.used, laterMinute?.resetsAt, laterDay?.used], [0, undefined, 3])
})

test('a smaller quota counts what was used under a larger one', () => {
  const { usage } = turns([{ requests: 10, per: 'minute' }], 10)

  assert.ok(earliestTurn([{ requests: 4, per: 'minute' }], usage, noon) > noon + minuteMs)
})
