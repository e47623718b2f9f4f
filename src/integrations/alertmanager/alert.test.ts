import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AlertOptions, alert } from './alert.ts'
import type { AlertmanagerAlert } from './alertmanager-alert.ts'

const fired: AlertmanagerAlert = {
  status: 'firing',
  name: 'DiskFull',
  labels: { alertname: 'DiskFull', severity: 'critical', team: 'db' },
  annotations: {},
  startsAt: '2026-11-29T06:57:32.592Z',
  generatorUrl: '',
  fingerprint: 'e94c744ae3d44df8',
  receiver: 'adder',
  groupKey: '{}',
  externalUrl: '',
}

describe('the trigger for an alert of Alertmanager', () => {
  const cases: [string, AlertOptions, string[]][] = [
    ['any that fires', {}, []],
    ['the one of that name', { name: 'DiskFull' }, []],
    ['those with these labels', { labels: { severity: 'critical', team: 'db' } }, []],
    ['no other name', { name: 'Disk' }, ['label alertname is "Disk"']],
    ['no other value of a label', { labels: { severity: 'page', team: 'db' } }, ['label severity is "page"']],
    ['none that lacks the label', { labels: { region: '' } }, ['label region is ""']],
    ['none that fires, where those that end are asked for', { status: 'resolved' }, ['status is "resolved"']],
  ]
  for (const [what, options, unmet] of cases) {
    test(`matches ${what}`, () => {
      const { kind, conditions } = alert(options)

      assert.equal(kind, 'alertmanager.alert')
      assert.deepEqual(
        conditions.filter(({ holds }) => !holds(fired)).map(({ says }) => says),
        unmet,
      )
    })
  }

  test('matches what is resolved only where that is asked for', () => {
    const resolved: AlertmanagerAlert = { ...fired, status: 'resolved' }
    const matches = (options: AlertOptions) => alert(options).conditions.every(({ holds }) => holds(resolved))

    assert.deepEqual([matches({}), matches({ status: 'resolved' })], [false, true])
  })
})
