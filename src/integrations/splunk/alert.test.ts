import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alert } from './alert.ts'
import type { SplunkAlert } from './splunk-alert.ts'

const fired: SplunkAlert = { searchName: 'MockScan Alert', sid: '1', app: '', owner: '', resultsLink: '', result: {} }

describe('the trigger for a Splunk alert', () => {
  test('matches the search of that name and tells what it asks for', () => {
    const [condition] = alert({ searchName: 'MockScan Alert' }).conditions

    assert.equal(condition?.says, 'searchName is "MockScan Alert"')
    assert.equal(condition?.holds(fired), true)
  })

  test('does not match another search or one without a name', () => {
    const [condition] = alert({ searchName: 'Other' }).conditions

    assert.equal(condition?.holds(fired), false)
    assert.equal(condition?.holds({ ...fired, searchName: null }), false)
  })

  test('matches every search where no name is asked for', () => {
    assert.deepEqual(alert(), { kind: 'splunk.alert', conditions: [] })
  })

  test('refuses a misspelt option, without which it would match every search', () => {
    const misspelt: object = { searchname: 'MockScan Alert' }

    assert.throws(() => alert(misspelt), {
      code: 'config.invalid',
      message: /splunk\.alert\(\{ searchname \}\): there is no such option; did you mean searchName\?/,
    })
  })
})
