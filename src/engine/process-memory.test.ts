import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessMemory } from './process-memory.ts'

const hourMs = 60 * 60 * 1000

for (const { how, byMs } of [
  { how: 'set back by', byMs: -hourMs },
  { how: 'set forward by', byMs: hourMs },
])
  test(`a write that got no answer is under way for as long as it is when the clock is ${how} an hour`, async (t) => {
    const memory = new ProcessMemory({ earlierWritesAt: Date.now() })
    await memory.write('marker', async () => ({
      kind: 'unsure',
      code: 'connector.unavailable',
      reason: 'no answer',
      answered: false,
      underWayMs: 60_000,
    }))
    const now = Date.now

    t.mock.method(Date, 'now', () => now() + byMs)

    const leftMs = memory.underWayMs('marker')
    assert.ok(leftMs > 0 && leftMs <= 60_000, `${leftMs} ms are left`)
    assert.ok(memory.sinceEarlierWritesMs() >= 0 && memory.sinceEarlierWritesMs() < hourMs)
  })
