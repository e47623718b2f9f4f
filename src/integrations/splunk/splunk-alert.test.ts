import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type SplunkAlert, splunkAlert, splunkAlertAt, splunkAlertIdentity } from './splunk-alert.ts'

const sid = 'scheduler__admin__search__RMD5e1f2a3b4c5d6e7f80_at_1427942640_178'
const now = new Date('2026-01-01T00:00:00Z')

const fieldName = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
const hiddenName = fc.stringMatching(/^_[a-z]{1,8}$/).filter((name) => name !== '_time')
const value = fc.oneof(fc.string({ minLength: 1 }), fc.array(fc.string(), { minLength: 2, maxLength: 4 }))
const result = fc.dictionary(fieldName, value, { minKeys: 1, maxKeys: 6 })

function identity(row: Record<string, string | string[]>): string {
  return splunkAlertIdentity({ sid, result: row }).join(' ')
}

describe('the identity of a Splunk alert', () => {
  test('does not depend on the order of the keys', () => {
    fc.assert(
      fc.property(result, (row) => {
        assert.equal(identity(Object.fromEntries(Object.entries(row).reverse())), identity(row))
      }),
    )
  })

  test('does not depend on whether one value is a list', () => {
    fc.assert(
      fc.property(result, (row) => {
        const listed = Object.entries(row).map(([key, each]) => [key, typeof each === 'string' ? [each] : each])
        assert.equal(identity(Object.fromEntries(listed)), identity(row))
      }),
    )
  })

  test('does not depend on fields without a value', () => {
    const without = fc.constantFrom('', [], [''])
    fc.assert(
      fc.property(result, fc.dictionary(fieldName, without), (row, more) => {
        assert.equal(identity({ ...more, ...row }), identity(row))
      }),
    )
  })

  test('is the same for the webhook and for the search API', () => {
    const ofWebhook = {
      _time: '1427942640.123',
      _raw: 'a line',
      host: 'a',
      user: 'mlisa',
      note: '',
      groups: ['staff', 'vpn'],
      _si: ['idx1', 'main'],
    }
    const ofApi = {
      _cd: '12:3456',
      groups: ['staff', 'vpn'],
      user: ['mlisa'],
      host: 'a',
      _time: '2015-04-02T02:44:00.123+00:00',
    }

    assert.equal(identity(ofApi), identity(ofWebhook))
  })

  test('does not depend on keys that begin with an underscore', () => {
    fc.assert(
      fc.property(result, fc.dictionary(hiddenName, value), (row, hidden) => {
        assert.equal(identity({ ...row, ...hidden }), identity(row))
      }),
    )
  })

  test('depends on every other value', () => {
    fc.assert(
      fc.property(result, fc.nat(), value, (row, position, changed) => {
        const names = Object.keys(row)
        const name = names[position % names.length] ?? ''
        fc.pre(JSON.stringify(row[name]) !== JSON.stringify(changed))
        assert.notEqual(identity({ ...row, [name]: changed }), identity(row))
      }),
    )
  })

  test('depends on which keys there are', () => {
    fc.assert(
      fc.property(result, fieldName, value, (row, name, added) => {
        fc.pre(!Object.hasOwn(row, name))
        assert.notEqual(identity({ ...row, [name]: added }), identity(row))
      }),
    )
  })

  test('depends on the order of several values', () => {
    assert.notEqual(identity({ user: ['a', 'b'] }), identity({ user: ['b', 'a'] }))
  })

  test('depends on the search job', () => {
    const row = { user: 'mlisa' }

    const identities = [sid, `${sid}9`].map((each) => splunkAlertIdentity({ sid: each, result: row }).join(' '))

    assert.notEqual(identities[0], identities[1])
  })

  test('takes _time as the moment that it means', () => {
    const spellings = [
      '1427942640.123',
      '1427942640.123999999',
      '2015-04-02T02:44:00.123Z',
      '2015-04-01T19:44:00.123-07:00',
    ]

    const identities = spellings.map((_time) => identity({ _time, user: 'mlisa' }))

    assert.equal(new Set(identities).size, 1)
    assert.notEqual(identity({ _time: '1427942640.124', user: 'mlisa' }), identities[0])
  })

  test('takes a _time that is no time as it stands', () => {
    assert.notEqual(identity({ _time: 'Thursday' }), identity({ _time: 'Friday' }))
  })

  test('stays the same from one version of Adder to the next', () => {
    const parts = splunkAlertIdentity({ sid, result: { user: 'mlisa', _time: '1427942640', _raw: 'x' } })

    assert.deepEqual(parts, [sid, 'a49169408a31d94725e0bdb0765af746d72c8167c83c9198fbdf79213d7db401'])
  })
})

describe('when a Splunk alert fired', () => {
  const cases: [string, Pick<SplunkAlert, 'sid' | 'result'>, string][] = [
    [
      'is when its job ran, though the row is older',
      { sid, result: { _time: '1400000000' } },
      '2015-04-02T02:44:00.000Z',
    ],
    [
      'is the time of its row, where that is later',
      { sid, result: { _time: '1427942640.5' } },
      '2015-04-02T02:44:00.500Z',
    ],
    ['is when its job ran, where the row has no time', { sid, result: {} }, '2015-04-02T02:44:00.000Z'],
    ['is when its job ran, for an ad-hoc search', { sid: '1427942640.178', result: {} }, '2015-04-02T02:44:00.000Z'],
    [
      'is the time of its row for a real-time search, which began long before',
      { sid: `rt_${sid}.3`, result: { _time: '1500000000' } },
      '2017-07-14T02:40:00.000Z',
    ],
    ['is now for a real-time search without a time', { sid: `rt_${sid}.3`, result: {} }, now.toISOString()],
    ['is now where nothing tells', { sid: 'x', result: { _time: 'Thursday' } }, now.toISOString()],
    ['is now where _time has several values', { sid: 'x', result: { _time: ['1', '2'] } }, now.toISOString()],
  ]
  for (const [name, alert, expected] of cases) {
    test(name, () => {
      assert.equal(splunkAlertAt(alert, now).toISOString(), expected)
    })
  }
})

test('an alert gives a list of one value as that value', () => {
  const alert = splunkAlert({
    sid,
    search_name: null,
    app: '',
    owner: '',
    results_link: '',
    result: { user: ['mlisa'], host: ['a', 'b'], md5: 'x', empty: [] },
  })

  assert.deepEqual(alert.result, { user: 'mlisa', host: ['a', 'b'], md5: 'x', empty: [] })
})
