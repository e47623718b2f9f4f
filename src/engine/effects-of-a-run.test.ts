import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutsideSystem } from '../../test/engine/outside-system.ts'
import { startTestEngine } from '../../test/engine/start-test-engine.ts'
import { ConnectorAnswerInvalid, ConnectorRefused } from '../errors/connector-errors.ts'

test('an effect that nobody awaits is made before its run ends', async (t) => {
  const outside = new OutsideSystem()
  const { start, observed } = await startTestEngine(t, {
    a: async ({ steps }) => {
      void steps.effect('thing', outside.effect(), 'it')
    },
  })

  await start('a')

  await observed('run finished')
  assert.equal(outside.size, 1)
})

test('two effects of one name and discriminator are refused, because the second would be taken for the first', async (t) => {
  const outside = new OutsideSystem()
  const { start, observed } = await startTestEngine(t, {
    a: async ({ steps }) => {
      await steps.effect('thing', outside.effect(), 'it', 'same')
      await steps.effect('thing', outside.effect(), 'it', 'same')
    },
  })

  await start('a')

  assert.equal((await observed('run failed')).code, 'run.misuse')
})

test('an effect that meets an expired credential is made when somebody has renewed it', async (t) => {
  const outside = new OutsideSystem()
  const { make, ...rest } = outside.effect()
  let attempts = 0
  const { start, observed } = await startTestEngine(t, {
    a: ({ steps }) =>
      steps.effect(
        'thing',
        {
          ...rest,
          make(input, call) {
            attempts += 1
            if (attempts === 1) throw new ConnectorRefused('answered 401', { status: 401 })
            return make(input, call)
          },
        },
        'it',
      ),
  })

  await start('a')

  await observed('run finished')
  assert.equal(outside.size, 1)
})

test('an effect whose answer can not be read is looked for, because it may have been made', async (t) => {
  const outside = new OutsideSystem()
  const { make, ...rest } = outside.effect()
  const { start, observed } = await startTestEngine(t, {
    a: ({ steps }) =>
      steps.effect(
        'thing',
        {
          ...rest,
          async make(input, call) {
            await make(input, call)
            throw new ConnectorAnswerInvalid('the answer is not JSON')
          },
        },
        'it',
      ),
  })

  await start('a')

  const { effect } = await observed('step', ({ result }) => result === 'done')
  await observed('run finished')
  assert.deepEqual([effect, outside.size, outside.makes], ['found', 1, 1])
})

test('a run whose code does something else at each replay ends with the advice how to mend it', async (t) => {
  let turns = 0
  const { start, observed } = await startTestEngine(
    t,
    {
      a: async ({ steps }) => {
        turns += 1
        await steps.step(`turn ${turns}`, () => 1)
        await steps.sleep(100)
        await steps.step('after', () => 1)
      },
    },
    { inactivityTimeoutMs: 50 },
  )

  await start('a')

  assert.equal((await observed('run failed')).code, 'run.misuse')
})
