import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { identifiedEvents } from '../../intake/identified-events.ts'
import { secret } from '../../secrets/secret.ts'
import { WebhookBody } from './schema.ts'
import { source } from './source.ts'

const alertmanager = source({ token: secret('ADDER_TEST_ALERTMANAGER') })

/** As Alertmanager 0.25.0 sent it on 29 November 2026; the addresses are made up. */
const recorded = {
  receiver: 'adder',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'DiskFull', instance: 'db1', severity: 'critical' },
      annotations: { summary: '/var is full' },
      startsAt: '2026-11-29T06:57:32.592962619Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.acme.example/graph?g0.expr=x',
      fingerprint: 'e94c744ae3d44df8',
    },
    {
      status: 'firing',
      labels: { alertname: 'DiskFull', instance: 'db2', severity: 'critical' },
      annotations: {},
      startsAt: '2026-11-29T06:57:32.592962619Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: 'a4bfbbb5189da787',
    },
  ],
  groupLabels: { alertname: 'DiskFull' },
  commonLabels: { alertname: 'DiskFull', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.acme.example',
  version: '4',
  groupKey: '{}:{alertname="DiskFull"}',
  truncatedAlerts: 0,
}
const [first, second] = recorded.alerts

/** The next notification of the same group, when one of its alerts was resolved. */
const later = {
  ...recorded,
  alerts: [{ ...first, status: 'resolved', endsAt: '2026-11-29T06:57:35Z', generatorURL: '' }, second],
}

describe('a notification of Alertmanager', () => {
  test('is an event for each of its alerts', () => {
    const [one, other, ...more] = events(recorded)

    assert.deepEqual(one, {
      kind: 'alertmanager.alert',
      id: one?.id,
      at: '2026-11-29T06:57:32.592Z',
      source: 'alertmanager',
      data: {
        status: 'firing',
        name: 'DiskFull',
        labels: { alertname: 'DiskFull', instance: 'db1', severity: 'critical' },
        annotations: { summary: '/var is full' },
        startsAt: '2026-11-29T06:57:32.592Z',
        generatorUrl: 'http://prometheus.acme.example/graph?g0.expr=x',
        fingerprint: 'e94c744ae3d44df8',
        receiver: 'adder',
        groupKey: '{}:{alertname="DiskFull"}',
        externalUrl: 'http://alertmanager.acme.example',
      },
    })
    assert.notEqual(one?.id, other?.id)
    assert.deepEqual(more, [])
  })

  test('tells of a resolved alert as a fact of its own, and of the others as before', () => {
    const [fired, other] = events(recorded)
    const [resolved, same] = events(later)

    assert.notEqual(resolved?.id, fired?.id)
    assert.deepEqual([resolved?.at, same?.id], ['2026-11-29T06:57:35.000Z', other?.id])
    assert.deepEqual(resolved?.data, {
      ...(fired?.data as object), // an alert's data
      status: 'resolved',
      endsAt: '2026-11-29T06:57:35.000Z',
      generatorUrl: '',
    })
  })

  const same: [string, object][] = [
    ['another receiver and group', { receiver: 'pager', groupKey: '{}/{team="db"}:{}' }],
    ['another Alertmanager of the cluster', { externalURL: 'http://alertmanager-2.acme.example' }],
    ['a newer version, with keys that are not known', { routeLabels: {}, notification_reason: 'repeat' }],
    ['the zone of another Alertmanager', { alerts: [{ ...first, startsAt: '2026-11-29T08:57:32.592962619+02:00' }] }],
    ['other annotations', { alerts: [{ ...first, annotations: null, generatorURL: undefined }] }],
  ]
  for (const [what, change] of same) {
    test(`is the same fact with ${what}`, () => {
      assert.equal(events({ ...recorded, ...change })[0]?.id, events(recorded)[0]?.id)
    })
  }

  test('is another fact where the alert fires anew', () => {
    const again = { ...recorded, alerts: [{ ...first, startsAt: '2026-11-29T07:57:32.592Z' }] }

    assert.notEqual(events(again)[0]?.id, events(recorded)[0]?.id)
  })

  test('is told apart by the labels, in any order, where an old Alertmanager has no fingerprint', () => {
    const without = (labels: object) => ({ ...recorded, alerts: [{ ...first, fingerprint: undefined, labels }] })
    const [one] = events(without({ alertname: 'DiskFull', instance: 'db1' }))
    const [reordered] = events(without({ instance: 'db1', alertname: 'DiskFull' }))
    const [other] = events(without({ alertname: 'DiskFull', instance: 'db2' }))

    assert.equal(one?.id, reordered?.id)
    assert.notEqual(one?.id, other?.id)
  })

  test('has cards masked in labels and annotations, and never in what names the alert', () => {
    const card = '4111111111111111'
    const alert = { ...first, annotations: { summary: `card ${card}` }, fingerprint: card }

    const [event] = events({ ...recorded, alerts: [alert] })

    assert.deepEqual(event?.data, {
      ...(events(recorded)[0]?.data as object), // an alert's data
      annotations: { summary: 'card [redacted payment-card]' },
      fingerprint: card,
    })
  })

  test('may have no alert', () => {
    assert.deepEqual(events({ ...recorded, alerts: [] }), [])
  })

  const misshapen: [string, object, string][] = [
    ['no alerts', { alerts: undefined }, 'alerts'],
    ['a state that there is not', { alerts: [{ ...first, status: 'pending' }] }, 'alerts.0.status'],
    ['no labels', { alerts: [first, { ...second, labels: undefined }] }, 'alerts.1.labels'],
    ['a label that is no text', { alerts: [{ ...first, labels: { a: 1 } }] }, 'alerts.0.labels.a'],
    ['a time that is none', { alerts: [{ ...first, startsAt: 'yesterday' }] }, 'alerts.0.startsAt'],
    ['no group', { groupKey: 5 }, 'groupKey'],
  ]
  for (const [what, change, field] of misshapen) {
    test(`is refused with ${what}, and the field is named`, () => {
      const { error } = WebhookBody.safeParse({ ...recorded, ...change })

      assert.deepEqual(
        error?.issues.map((issue) => issue.path.join('.')),
        [field],
      )
    })
  }
})

function events(body: object) {
  return identifiedEvents({
    source: alertmanager,
    payload: WebhookBody.parse(body),
    headers: {},
    redactions: ['payment-card', 'us-ssn'],
  })
}
