import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdderEvent } from './event.ts'
import { suppressing } from './suppressing.ts'
import { type SuppressionOptions, suppression } from './suppression.ts'
import type { Trigger } from './trigger.ts'

interface Alert {
  host: string
}

const alert: Trigger<Alert> = {
  kind: 'test.alert',
  conditions: [{ says: 'it is of a build', holds: ({ host }) => host.startsWith('build') }],
}
const from = '2026-11-25T00:00Z'
const until = '2026-12-01T00:00+01:00'
const noon = Date.parse('2026-11-25T12:00Z')

function event(host: string, kind = 'test.alert'): AdderEvent {
  return { kind, id: '0'.repeat(64), at: '2020-01-01T00:00:00Z', source: 'test', data: { host } }
}

function namesFor(each: AdderEvent, options: Partial<SuppressionOptions<Alert>> = {}, now = noon) {
  const faults: unknown[] = []
  const patchDay = suppression({ name: 'patch-day', on: alert, reason: 'r', owner: 'o', from, until, ...options })
  const holding = suppressing({ suppressions: [patchDay], now: () => now, onFault: (...fault) => faults.push(fault) })
  return { names: holding(each).map(({ name }) => name), faults }
}

describe('a suppression', () => {
  const cases: [string, AdderEvent, Partial<SuppressionOptions<Alert>>, number, string[]][] = [
    ['holds off what its trigger matches', event('build-7'), {}, noon, ['patch-day']],
    ['leaves alone what its trigger does not match', event('laptop'), {}, noon, []],
    ['leaves other kinds of events alone', event('build-7', 'test.other'), {}, noon, []],
    ['asks `when` besides', event('build-7'), { when: ({ event: { host } }) => host === 'build-8' }, noon, []],
    ['begins at its time', event('build-7'), {}, Date.parse(from), ['patch-day']],
    ['holds nothing off before', event('build-7'), {}, Date.parse(from) - 1, []],
    ['ends at its time', event('build-7'), {}, Date.parse(until), []],
    ['holds until then', event('build-7'), {}, Date.parse(until) - 1, ['patch-day']],
  ]
  for (const [what, each, options, now, expected] of cases) {
    test(what, () => assert.deepEqual(namesFor(each, options, now), { names: expected, faults: [] }))
  }

  test('that throws holds nothing off, and is told of', () => {
    const wrong = new TypeError('no such field')

    const { names, faults } = namesFor(event('build-7'), {
      when: () => {
        throw wrong
      },
    })

    assert.deepEqual([names, faults], [[], [['patch-day', wrong]]])
  })
})
