import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestEngine, testEvent } from '../../test/engine/start-test-engine.ts'

const rule = { name: 'patch-day', reason: 'r', owner: 'o', until: '2026-12-01T00:00Z' }

test('an event that is suppressed starts nothing, also where a run has told of it', async (t) => {
  const { engine, start, until, observations } = await startTestEngine(
    t,
    { tells: async ({ commit }) => commit(testEvent('told')), told: async () => undefined },
    { suppressing: ({ kind }) => (kind === 'told' ? [rule] : []) },
  )

  const arrived = await engine.accept(testEvent('told'))
  await start('tells')

  await until(() => observations.filter(({ kind }) => kind === 'suppressed').length === 2)
  assert.equal(arrived.isSuppressed, true)
  assert.ok(observations.every(({ automation }) => automation !== 'told'))
})

test('a rule that names automations holds off those only', async (t) => {
  const { engine, observed, observations } = await startTestEngine(
    t,
    { 'told-one': async () => undefined, 'told-two': async () => undefined },
    { suppressing: () => [{ ...rule, automations: ['told-one'] }] },
  )

  const { isSuppressed } = await engine.accept(testEvent('told'))

  await observed('run finished', ({ automation }) => automation === 'told-two')
  assert.equal(isSuppressed, false)
  assert.ok(observations.every(({ automation }) => automation !== 'told-one'))
})
