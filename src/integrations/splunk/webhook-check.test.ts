import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { secret } from '../../secrets/secret.ts'
import { httpStandIn, type StandInAnswer } from '../../stand-ins/http-stand-in.ts'
import { splunkApi } from './splunk-api.ts'
import { webhookCheck } from './webhook-check.ts'

const token = secret('ADDER_TEST_SPLUNK_CHECK')
before(() => {
  process.env.ADDER_TEST_SPLUNK_CHECK = 'stand-in-token'
})
after(() => delete process.env.ADDER_TEST_SPLUNK_CHECK)

const path = '/servicesNS/admin/search/saved/searches/One%20search'
const search = (content: object): StandInAnswer => ({ json: { entry: [{ name: 'One search', content }] } })

describe('whether the search of an alert calls a webhook', () => {
  const cases: [string, StandInAnswer, string | undefined, boolean][] = [
    ['is so where it has the action', search({ 'action.webhook': '1' }), path, true],
    ['is so where the action is one of several', search({ actions: 'email,webhook' }), path, true],
    ['is not so where it has other actions', search({ actions: 'email', 'action.webhook': '0' }), path, false],
    ['is not so where it has none', search({ actions: '' }), path, false],
    ['may be so where it is gone', { status: 404, json: {} }, path, true],
    ['may be so where it can not be read', { status: 403, json: {} }, path, true],
    ['may be so where Splunk does not name it', { status: 500 }, undefined, true],
    ['may be so where it is named by another path', { status: 500 }, '/servicesNS/admin/../x', true],
  ]
  for (const [what, answer, savedsearch, expected] of cases) {
    test(`${what}, and is asked for once`, async (t) => {
      const standIn = await httpStandIn({ routes: { [`GET ${path}`]: () => answer } })
      t.after(() => standIn.close())
      const call = () => ({ signal: AbortSignal.timeout(10_000) })
      const check = webhookCheck(splunkApi({ url: standIn.url, token }), call)
      const content = { sid: '1.1', trigger_time: 1, digest_mode: false }

      const answers = [
        await check({ content, links: { savedsearch } }),
        await check({ content, links: { savedsearch } }),
      ]

      assert.deepEqual(answers, [expected, expected])
      assert.equal(standIn.requests.length, savedsearch === path ? 1 : 0)
    })
  }
})
