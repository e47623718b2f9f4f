import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Duration } from '../connectors/duration.ts'
import { cron, every, type ScheduleTrigger } from './schedule.ts'
import { schedules } from './schedules.ts'

/** The next times after one, in UTC and without seconds. */
function ticks({ next }: ScheduleTrigger, after: string, count: number): string[] {
  const times: number[] = []
  for (let at = next(Date.parse(after)); at !== undefined && times.length < count; at = next(at)) times.push(at)
  return times.map((at) => new Date(at).toISOString().slice(0, 16))
}

describe('every', () => {
  const cases: [Duration, string[]][] = [
    ['15m', ['2026-11-25T08:15', '2026-11-25T08:30', '2026-11-25T08:45']],
    ['6h', ['2026-11-25T12:00', '2026-11-25T18:00', '2026-11-26T00:00']],
    ['1d', ['2026-11-26T00:00', '2026-11-27T00:00', '2026-11-28T00:00']],
  ]
  for (const [interval, expected] of cases) {
    test(`${interval} is due at the same times whenever it is asked`, () => {
      assert.deepEqual(ticks(every(interval), '2026-11-25T08:00:00Z', 3), expected)
      assert.deepEqual(ticks(every(interval), '2026-11-25T08:01:07.003Z', 3), expected)
    })
  }

  const wrong: [string, RegExp][] = [
    ['0s', /is not 1s to 366d/],
    ['367d', /is not 1s to 366d/],
    ['15 minutes', /is no duration such as 15m or 6h/],
    ['', /is no duration/],
  ]
  for (const [interval, said] of wrong) {
    test(`"${interval}" is a fault, and never due`, () => {
      const trigger = every(interval as Duration) // as from JavaScript

      assert.match(trigger.fault ?? '', said)
      assert.equal(trigger.next(Date.now()), undefined)
    })
  }
})

describe('cron', () => {
  const zone = 'Europe/Berlin'
  const cases: [string, string, string, string[]][] = [
    [
      'is due by the clock of its zone, on working days',
      '0 7 * * 1-5',
      '2026-11-26T12:00Z',
      ['2026-11-27T06:00', '2026-11-30T06:00', '2026-12-01T06:00'],
    ],
    [
      'comes at 03:00 where 02:30 is left out in spring',
      '30 2 * * *',
      '2026-03-28T00:00Z',
      ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'comes the first time where 02:30 comes twice in autumn',
      '30 2 * * *',
      '2026-10-24T00:00Z',
      ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'goes on through both hours that are 02:00 in autumn, where it ticks every half hour',
      '*/30 * * * *',
      '2026-10-25T00:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30'],
    ],
  ]
  for (const [what, expression, after, expected] of cases) {
    test(what, () => assert.deepEqual(ticks(cron(expression, { zone }), after, 3), expected))
  }

  const wrong: [string, string, RegExp][] = [
    ['x', zone, /^"x" is no cron expression of five fields$/],
    ['61 * * * *', zone, /is no cron expression of five fields$/],
    ['* * * * * *', zone, /is no cron expression of five fields$/],
    ['0 0 31 2 *', zone, /is never due$/],
    ['0 7 * * *', 'Europe/Atlantis', /^there is no zone "Europe\/Atlantis"$/],
    ['0 7 * * *', '', /^there is no zone ""$/],
  ]
  for (const [expression, of, said] of wrong) {
    test(`"${expression}" in "${of}" is a fault, and never due`, () => {
      const trigger = cron(expression, { zone: of })

      assert.match(trigger.fault ?? '', said)
      assert.equal(trigger.next(Date.now()), undefined)
    })
  }
})

test('a tick is one event for one automation and time, in whatever process', () => {
  const on = every('15m')
  const run = async () => undefined
  const [one, again] = [1, 2].map(() => schedules([{ type: 'automation', name: 'sweep', on, run }]).get('sweep'))
  const other = schedules([{ type: 'automation', name: 'other', on, run }]).get('other')

  const event = one?.event(Date.UTC(2026, 10, 25))

  assert.deepEqual(event, again?.event(Date.UTC(2026, 10, 25)))
  assert.deepEqual([event?.kind, event?.data], ['schedule.sweep', { scheduledAt: '2026-11-25T00:00:00.000Z' }])
  assert.notEqual(event?.id, one?.event(Date.UTC(2026, 10, 26)).id)
  assert.notEqual(event?.id, other?.event(Date.UTC(2026, 10, 25)).id)
})
