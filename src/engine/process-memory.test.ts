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
