import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { writeQueue } from './write-queue.ts'

const never = new AbortController().signal

describe('the queue of writes', () => {
  test('runs writes with one key one after another, in order', async () => {
    const inTurn = writeQueue()
    const events: string[] = []
    const write = (name: string) => async () => {
      events.push(`${name} begins`)
      await new Promise(setImmediate)
      events.push(`${name} ends`)
    }

    await Promise.all([inTurn('1', never, write('a')), inTurn('1', never, write('b'))])

    assert.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends'])
  })

  test('does not let different keys wait for each other', async () => {
    const inTurn = writeQueue()
    const first = Promise.withResolvers<string>()

    const slow = inTurn('1', never, () => first.promise)
    const other = await inTurn('2', never, async () => 'other')
    first.resolve('slow')

    assert.equal(other, 'other')
    assert.equal(await slow, 'slow')
  })

  test('goes on after a write that failed', async () => {
    const inTurn = writeQueue()

    const failed = inTurn('1', never, () => Promise.reject(new Error('no')))
    const next = inTurn('1', never, async () => 'yes')

    await assert.rejects(failed, /no/)
    assert.equal(await next, 'yes')
  })

  test('gives up waiting when the signal is aborted, and never begins the work', async () => {
    const inTurn = writeQueue()
    const first = Promise.withResolvers<void>()
    const stop = new AbortController()
    let isBegun = false
    const slow = inTurn('1', never, () => first.promise)

    const waiting = inTurn('1', stop.signal, async () => {
      isBegun = true
    })
    stop.abort()

    await assert.rejects(waiting, (error) => error instanceof ConnectorUnavailable && !error.mayHaveHappened)
    first.resolve()
    await slow
    await inTurn('1', never, async () => undefined)
    assert.equal(isBegun, false)
  })
})
