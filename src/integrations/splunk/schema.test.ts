import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WebhookBody } from './schema.ts'

const body = {
  sid: 'scheduler__admin__search__W2_at_14232356_132',
  search_name: 'MockScan Alert',
  app: 'search',
  owner: 'admin',
  results_link: 'http://web.example.local:8000/app/search/@go?sid=scheduler__admin__search__W2_at_14232356_132',
  result: { sourcetype: 'mongod', count: '8' },
}

const { search_name: _unnamed, ...withoutName } = body
const { result: _row, ...withoutResult } = body

describe('the body of a Splunk webhook', () => {
  const good: [string, unknown, Partial<WebhookBody>][] = [
    ['is taken as documented', body, body],
    ['may have no search name', { ...body, search_name: null }, { search_name: null }],
    ['may have an empty result', { ...body, result: {} }, { result: {} }],
    ['may have no result', withoutResult, { result: {} }],
    ['may have null for a result', { ...body, result: null }, { result: {} }],
    [
      'may have fields with several values',
      { ...body, result: { _si: ['idx', 'main'] } },
      { result: { _si: ['idx', 'main'] } },
    ],
    ['may have null for what Splunk does not know', { ...body, app: null, owner: null }, { app: '', owner: '' }],
    ['may have keys that Splunk adds later', { ...body, server_host: 'sh1' }, { sid: body.sid }],
  ]
  for (const [name, given, expected] of good) {
    test(name, () => {
      const parsed = WebhookBody.parse(given)

      assert.deepEqual({ ...parsed, ...expected }, parsed)
    })
  }

  const bad: [string, unknown, string][] = [
    ['is refused without search_name', withoutName, 'search_name'],
    ['is refused with an object for a search name', { ...body, search_name: {} }, 'search_name'],
    ['is refused without a search job', { ...body, sid: '' }, 'sid'],
    ['is refused with a text for a result', { ...body, result: 'str' }, 'result'],
    ['is refused with a number in the result', { ...body, result: { count: 8 } }, 'result.count'],
    ['is refused as a list', [], ''],
    ['is refused as null', null, ''],
  ]
  for (const [name, given, path] of bad) {
    test(name, () => {
      const paths = WebhookBody.safeParse(given).error?.issues.map((issue) => issue.path.join('.'))

      assert.deepEqual(paths, [path])
    })
  }
})
