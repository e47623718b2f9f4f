import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { automation } from '../automations/automation.ts'
import { request } from '../automations/request.ts'
import { type Suppression, suppression } from '../automations/suppression.ts'
import type { Trigger } from '../automations/trigger.ts'
import { suppressionFaults } from './suppression-faults.ts'

const on: Trigger<unknown> = { kind: 'test.alert', conditions: [] }
const now = Date.parse('2026-11-25T12:00Z')
const sound = { name: 'patch-day', on, reason: 'agent roll-out', owner: 'mara', until: '2026-12-01T00:00Z' }
const automations = [automation({ name: 'mock-scan', on, run: async () => undefined })]

function problems(...options: Partial<Suppression>[]): string[] {
  const all = options.map((each) => suppression({ ...sound, ...each } as Suppression)) // wrong ones among them
  return suppressionFaults(all, { automations, now }).map(({ problem }) => problem)
}

describe('a suppression', () => {
  const wrong: [string, Partial<Suppression>, RegExp][] = [
    ['a name that can not stand in a log', { name: 'Patch day' }, /^its name must be/],
    ['no trigger', { on: {} as Trigger<unknown> }, /^`on` is not a trigger/],
    ['a request as its trigger', { on: request(z.object({})) }, /^what the API starts is not suppressed/],
    ['no reason', { reason: ' ' }, /^it needs a `reason`/],
    ['no owner', { owner: '' }, /^it needs an `owner`/],
    ['no end', { until: undefined as unknown as string }, /^`until` must be a time/],
    ['an end without a zone', { until: '2026-12-01T00:00' }, /^`until` must be a time/],
    ['a day that does not exist', { until: '2026-13-41T00:00Z' }, /^`until` must be a time/],
    ['a beginning that is none', { from: 'today' }, /^`from` must be a time/],
    ['an end before its beginning', { from: '2026-12-02T00:00Z' }, /^it ends before it begins/],
    ['an end in a year', { until: '2027-11-25T00:00Z' }, /^it lasts longer than 90 days/],
    ['a long window', { from: '2026-01-01T00:00Z' }, /^it lasts longer than 90 days/],
    ['an automation that is not there', { automations: ['mock-scam'] }, /^there is no automation "mock-scam"/],
  ]
  for (const [what, options, said] of wrong) {
    test(`is refused for ${what}`, () => assert.match(problems(options).join('\n'), said))
  }

  test('is refused where another one has its name', () => {
    assert.deepEqual(problems({}, {}), ['another suppression has the same name'])
  })

  test('is sound within its bounds, and when it has expired', () => {
    assert.deepEqual(
      problems({}, { name: 'past', until: '2020-01-01T00:00Z' }, { name: 'narrow', automations: ['mock-scan'] }),
      [],
    )
  })
})
