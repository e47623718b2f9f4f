import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requestTrackerContract } from '../../../test/support/request-tracker-contract.ts'
import type { RunningRequestTracker } from '../../../test/support/request-tracker-under-test.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { secret } from '../../secrets/secret.ts'
import { startRequestTracker } from './stand-in.ts'
import { ticketing } from './ticketing.ts'

requestTrackerContract('the stand-in of Request Tracker', {
  async start(): Promise<RunningRequestTracker> {
    const rt = await startRequestTracker({
      fields: ['Alert source', 'Alert type'],
      choices: { Severity: ['low', 'high'] },
    })
    const loseAnswers = (isLosing: boolean) => rt.misbehave(isLosing ? { lostAnswers: 1 } : {})
    return { url: rt.url, tokens: rt.tokens, loseAnswers, close: () => rt.close() }
  },
})

describe('the options of the ticketing', () => {
  const token = secret('ADDER_TEST_RT_TOKEN')

  test('name the site and the queue', () => {
    const { site, project, type } = ticketing({ url: 'https://acme.example/rt', token, queue: 'Security' }).connect()

    assert.deepEqual([site, project, type], ['acme.example', 'Security', 'ticket'])
  })

  test('are refused all at once where they are wrong', () => {
    assert.throws(
      () => ticketing({ url: 'http://rt.acme.example', token, queue: ' ', effectField: "x}' OR id > 0" }),
      (error) => error instanceof ConfigError && error.faults.length === 3,
    )
  })
})
