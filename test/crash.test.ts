import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crashRun } from './crash/crash-run.ts'
import { report } from './crash/report.ts'

const size = { alerts: 40, seconds: 5, kills: 5, writeTimeoutMs: 5000, progress: () => undefined }

describe('alerts that arrive while Adder and its engine are killed and Jira misbehaves', { concurrency: 2 }, () => {
  test('become one ticket each, with each comment once', async () => {
    const result = await crashRun({ ...size, seed: 11, lag: 'below', whenUnknown: 'make again' })

    assert.deepEqual(result.faults, [], report(result))
    assert.deepEqual([result.accepted, result.tickets, result.comments], [40, 40, 80])
  })

  test('wait for a person where Jira can not say whether their ticket was made, and are whole then', async () => {
    const result = await crashRun({ ...size, seed: 12, lag: 'above', whenUnknown: 'wait for a person' })

    assert.deepEqual(result.faults, [], report(result))
    assert.deepEqual([result.accepted, result.tickets, result.comments], [40, 40, 80])
  })
})
