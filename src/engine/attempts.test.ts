import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  ConnectorAnswerInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { secret } from '../secrets/secret.ts'
import { attempt, backOff, maxResultBytes, type Tried } from './attempts.ts'

const soon = new Date(Date.now() + 60_000)
const unavailable = { mayHaveHappened: true }

function tryTo<T>(action: (signal: AbortSignal) => Promise<T> | T, options = { timeoutMs: 1000, isWrite: false }) {
  return attempt(action, options)
}

function fail(error: Error): () => never {
  return () => {
    throw error
  }
}

describe('an attempt', () => {
  test('is done with what the action gives', async () => {
    assert.deepEqual(await tryTo(() => ({ a: 1 })), { kind: 'done', value: { a: 1 } })
    assert.deepEqual(await tryTo(() => undefined), { kind: 'done', value: undefined })
  })

  const reads: [string, Error, Partial<Tried<never>>][] = [
    ['a rate limit', new ConnectorRateLimited('x'), { kind: 'again', isQuota: true }],
    ['an unavailable system', new ConnectorUnavailable('x', unavailable), { kind: 'again' }],
    ['a refusal', new ConnectorRefused('x', { status: 400 }), { kind: 'refused', code: 'connector.refused' }],
    ['an answer of another shape', new ConnectorAnswerInvalid('x'), { kind: 'refused' }],
    ['an error that nobody foresaw', new TypeError('x'), { kind: 'again', code: 'run.step_failed' }],
  ]
  for (const [what, error, expected] of reads)
    test(`that only reads comes to "${expected.kind}" on ${what}`, async () => {
      const tried = await tryTo(fail(error))

      assert.deepEqual({ ...tried, ...expected }, tried)
    })

  const writes: [string, Error, Partial<Tried<never>>][] = [
    ['a rate limit', new ConnectorRateLimited('x'), { kind: 'again', isQuota: true }],
    ['a refused connection', new ConnectorUnavailable('x', { mayHaveHappened: false }), { kind: 'again' }],
    ['a lost answer', new ConnectorUnavailable('x', unavailable), { kind: 'unsure', answered: false }],
    [
      'a 500',
      new ConnectorUnavailable('x', { ...unavailable, status: 500 }),
      { kind: 'unsure', answered: true, underWayMs: 0 },
    ],
    ['a refusal', new ConnectorRefused('x', { status: 400 }), { kind: 'refused' }],
    ['an error that nobody foresaw', new TypeError('x'), { kind: 'unsure', answered: false }],
  ]
  for (const [what, error, expected] of writes)
    test(`that writes comes to "${expected.kind}" on ${what}`, async () => {
      const tried = await tryTo(fail(error), { timeoutMs: 1000, isWrite: true })

      assert.deepEqual({ ...tried, ...expected }, tried)
    })

  for (const status of [undefined, 502, 504])
    test(`that writes may still be under way for its time-out and a second after ${status ?? 'a lost answer'}`, async () => {
      const error = new ConnectorUnavailable('x', status === undefined ? unavailable : { ...unavailable, status })

      const tried = await tryTo(fail(error), { timeoutMs: 5000, isWrite: true })

      assert.ok(tried.kind === 'unsure' && tried.underWayMs > 5500 && tried.underWayMs <= 6000)
    })

  test('waits for as long as the outside system asked', async () => {
    const tried = await tryTo(fail(new ConnectorRateLimited('x', { until: soon })))

    assert.ok(tried.kind === 'again' && tried.waitMs !== undefined && tried.waitMs > 59_000 && tried.waitMs <= 60_000)
    assert.equal(tried.until, soon.toISOString())
  })

  test('aborts its signal when its time is over', async () => {
    const tried = await tryTo((signal) => setTimeout(60_000, 1, { signal }), { timeoutMs: 10, isWrite: false })

    assert.equal(tried.kind, 'again')
  })

  test('leaves an action behind that ignores the signal, unsure where it writes', async () => {
    const never = new Promise<never>(() => undefined)

    const [read, write] = await Promise.all([
      tryTo(() => never, { timeoutMs: 10, isWrite: false }),
      tryTo(() => never, { timeoutMs: 10, isWrite: true }),
    ])

    assert.equal(read.kind, 'again')
    assert.ok(write.kind === 'unsure' && !write.answered && write.reason === 'no answer within 10 ms')
  })

  test('is refused where its result is not JSON or over 8 MiB', async () => {
    const notJson = await tryTo(() => 1n)
    const tooLarge = await tryTo(() => 'ä'.repeat(maxResultBytes / 2))
    const justFits = await tryTo(() => 'x'.repeat(maxResultBytes - 2))

    assert.ok(notJson.kind === 'refused' && notJson.code === 'run.result_not_json')
    assert.ok(tooLarge.kind === 'refused' && tooLarge.code === 'run.result_too_large')
    assert.equal(justFits.kind, 'done')
  })

  test('masks secrets in its reason', async (t) => {
    process.env.ADDER_TEST_ATTEMPT = 'squeamish-ossifrage'
    t.after(() => delete process.env.ADDER_TEST_ATTEMPT)
    secret('ADDER_TEST_ATTEMPT')

    const tried = await tryTo(fail(new Error('the key squeamish-ossifrage is wrong')))

    assert.ok(tried.kind === 'again' && tried.reason === 'the key [secret] is wrong')
  })
})

test('a back-off doubles from half a second to a minute, each wait between half and the whole of it', () => {
  const waits = [1, 2, 3, 8, 9, 1000].map((attempts) => [
    backOff(attempts, { random: 0 }),
    backOff(attempts, { random: 1 }),
  ])

  assert.deepEqual(waits, [
    [250, 500],
    [500, 1000],
    [1000, 2000],
    [30_000, 60_000],
    [30_000, 60_000],
    [30_000, 60_000],
  ])
})

test('a back-off is never shorter than what the outside system asked for', () => {
  assert.equal(backOff(1, { random: 1, askedMs: 90_000 }), 90_000)
  assert.equal(backOff(1, { random: 1, askedMs: 3 }), 500)
})
