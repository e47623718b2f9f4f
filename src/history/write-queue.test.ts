import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { delivery } from '../../test/support/test-history.ts'
import type { Entry } from './batch.ts'
import { type WriteEnd, WriteQueue } from './write-queue.ts'

function entry(number: number): Entry {
  return { kind: 'delivery', at: number, delivery: delivery(number) }
}

/** A queue whose writes end as the test says, and by default well. */
function queue(options: { maxEntries?: number } = {}) {
  const written: number[][] = []
  const state = { end: 'written' as WriteEnd, overflows: 0, attempts: 0 }
  const made = new WriteQueue({
    ...options,
    write: async (entries) => {
      state.attempts += 1
      if (state.end === 'written') written.push(entries.map(({ at }) => at))
      return state.end
    },
    onOverflow: () => {
      state.overflows += 1
    },
  })
  return { queue: made, written, state }
}

async function tick(context: TestContext, ms: number): Promise<void> {
  context.mock.timers.tick(ms)
  // The queue pauses with real turns of the loop between batches.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('WriteQueue', () => {
  test('gathers what comes within a second into one write', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { queue: made, written } = queue()

    made.push(entry(1))
    await tick(context, 999)
    made.push(entry(2))
    const before = [...written]
    await tick(context, 1)

    assert.deepEqual(before, [])
    assert.deepEqual(written, [[1, 2]])
  })

  test('writes at once when there are 2,000, in order', async () => {
    const { queue: made, written } = queue()

    for (let number = 0; number < 4500; number += 1) made.push(entry(number))
    await made.flush()
    await made.flush()

    assert.deepEqual(
      written.flat(),
      Array.from({ length: 4500 }, (_, index) => index),
    )
    assert.ok(written.every(({ length }) => length <= 2000))
  })

  test('writes a batch that has filled up during a write as soon as that has ended', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { queue: made, written } = queue()

    for (let number = 0; number < 4001; number += 1) made.push(entry(number))
    await tick(context, 0)

    assert.deepEqual(
      written.map(({ length }) => length),
      [2000, 2000, 1],
    )
  })

  test('keeps a batch that could not be written and tries it again with growing waits', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const { queue: made, written, state } = queue()
    state.end = 'later'
    made.push(entry(1))
    await tick(context, 1000)
    await tick(context, 500)
    await tick(context, 999)
    const attempts = state.attempts
    state.end = 'written'
    made.push(entry(2))

    await tick(context, 1)

    assert.equal(attempts, 2)
    assert.deepEqual(written, [[1, 2]])
  })

  test('drops what comes beyond its limit, and says so once', async () => {
    const { queue: made, written, state } = queue({ maxEntries: 3 })
    state.end = 'later'

    for (let number = 1; number <= 5; number += 1) made.push(entry(number))
    await made.flush()
    state.end = 'written'
    await made.flush()

    assert.deepEqual(written, [[1, 2, 3]])
    assert.equal(state.overflows, 1)
    assert.equal(made.takeDropped(), 2)
    assert.equal(made.takeDropped(), 0)
  })
})
