import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestEngine, testEvent } from '../../test/engine/start-test-engine.ts'

test('an event that starts one automation runs it once, however often it is delivered', async (t) => {
  let steps = 0
  const { engine, observed, observations } = await startTestEngine(t, {
    only: async ({ steps: run }) => {
      await run.step('count', () => {
        steps += 1
      })
    },
  })
  const event = testEvent('only')

  const first = await engine.accept(event)
  await observed('run finished')
  const second = await engine.accept(event)

  assert.deepEqual([first.isDuplicate, second.isDuplicate], [false, true])
  assert.equal(first.run, second.run)
  assert.equal(steps, 1)
  assert.equal(observations.filter(({ kind }) => kind === 'run finished').length, 1)
})

test('an event that starts several automations runs each, and one that fails is no other one’s concern', async (t) => {
  const { start, observed } = await startTestEngine(t, {
    'many-1': async () => {
      throw new Error('broken')
    },
    'many-2': ({ steps }) => steps.step('one', () => 1),
  })

  await start('many')

  const failed = await observed('run failed')
  const finished = await observed('run finished')
  assert.deepEqual([failed.automation, failed.reason], ['many-1', 'broken'])
  assert.equal(finished.automation, 'many-2')
})

test('an event that starts nothing is taken in all the same, once', async (t) => {
  const { engine } = await startTestEngine(t, {})
  const event = testEvent('nothing')

  const first = await engine.accept(event)
  const second = await engine.accept(event)

  assert.deepEqual([first.isDuplicate, second.isDuplicate], [false, true])
})

test('a run commits a further event once', async (t) => {
  const seen: unknown[] = []
  const next = testEvent('next', 'from the first')
  const { start, observed } = await startTestEngine(t, {
    first: async ({ commit }) => {
      commit(next)
      commit(next)
    },
    next: async ({ event }) => {
      seen.push(event.data)
    },
  })

  await start('first')

  await observed('run finished', ({ automation }) => automation === 'next')
  assert.deepEqual(seen, ['from the first'])
})

test('a step that used up its patience waits for a person while its siblings go on, and is tried again then', async (t) => {
  let isMended = false
  const { start, observed, engine } = await startTestEngine(
    t,
    {
      a: ({ steps }) =>
        Promise.all([
          steps.step('broken', () => {
            if (!isMended) throw new Error('not yet mended')
          }),
          (async () => {
            for (let turn = 0; turn < 3; turn += 1) await steps.step(`sibling ${turn}`, () => turn)
          })(),
        ]),
    },
    { policy: { patienceMs: 0 } },
  )

  await start('a')
  const first = await observed('waiting')
  await observed('step', ({ step }) => step === 'sibling 2')
  await engine.resolveWait(first.wait, { action: 'try again' })
  const second = await observed('waiting', ({ wait }) => wait !== first.wait)
  isMended = true
  await engine.resolveWait(second.wait, { action: 'try again' })

  await observed('run finished')
  assert.deepEqual([first.step, first.code, first.reason], ['broken', 'run.step_failed', 'not yet mended'])
})

test('a look-up that could not be asked within its patience says so and rejects nothing', async (t) => {
  const delays: string[] = []
  const outcomes = Promise.withResolvers<unknown>()
  const { start } = await startTestEngine(
    t,
    {
      a: async ({ steps }) => {
        const broken = (): never => {
          throw new Error('down')
        }
        const onDelay = ({ reason }: { reason: string }): void => {
          delays.push(reason)
        }
        outcomes.resolve(await steps.lookup('ask', broken, undefined, { onDelay }))
      },
    },
    { policy: { lookupPatienceMs: 600 } },
  )

  await start('a')

  assert.deepEqual(await outcomes.promise, { kind: 'failed', code: 'run.step_failed', reason: 'down' })
  assert.ok(delays.length >= 1)
})

test('a run whose automation is gone fails and says so', async (t) => {
  const { engine, observed } = await startTestEngine(t, {})

  await engine.rerun('gone', testEvent('x'), 1)

  assert.equal((await observed('run failed')).code, 'run.automation_gone')
})
