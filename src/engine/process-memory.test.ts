import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProcessMemory } from './process-memory.ts'

test('the writes under way have their time to end once, however often that is asked for', async () => {
  const memory = new ProcessMemory({ earlierWritesAt: 0 })
  void memory.write('adder-1', () => new Promise(() => undefined))

  const first = memory.settle(1)
  const second = memory.settle(3_600_000)

  assert.equal(await first, false)
  assert.equal(await second, false)
})

test('no write begins while those under way end', async () => {
  const memory = new ProcessMemory({ earlierWritesAt: 0 })
  let writes = 0
  void memory.settle(1)

  const tried = await memory.write('adder-1', async () => {
    writes += 1
    return { kind: 'done', value: 1 }
  })

  assert.deepEqual([tried.kind, writes], ['again', 0])
})

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
    assert.ok(
      memory.sinceOthersBeganMs(performance.now()) >= 0 && memory.sinceOthersBeganMs(performance.now()) < hourMs,
    )
  })
