import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { OutsideSystem } from '../../test/engine/outside-system.ts'
import { startTestEngine, type TestProgram } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'

/** Runs `before` until it waits, then the same run with `after` in its place. */
async function changeCode(t: TestContext, before: Record<string, TestProgram>, after: Record<string, TestProgram>) {
  const folder = dataFolder(t)
  const first = await startTestEngine(t, before, { folder })
  await first.start('a')
  await first.observed('step', ({ step }) => step === 'before the wait')
  await first.engine.close()
  return startTestEngine(t, after, { folder })
}

/** Makes a thing, and waits for longer than the test lasts. */
function waiting(outside: OutsideSystem): TestProgram {
  return async ({ steps }) => {
    await steps.effect('thing', outside.effect(), 'it')
    const wait = steps.sleep(3_600_000)
    await steps.step('before the wait', () => 1)
    await wait
  }
}

test('a run whose automation now ends earlier starts over, ends, and makes nothing twice', async (t) => {
  const outside = new OutsideSystem()
  const shorter: TestProgram = ({ steps }) => steps.effect('thing', outside.effect(), 'it')

  const { observed } = await changeCode(t, { a: waiting(outside) }, { a: shorter })

  await observed('run finished', ({ generation }) => generation === 1)
  assert.equal(outside.size, 1)
})

test('a run whose automation now throws fails with its words instead of being tried for ever', async (t) => {
  const throwing: TestProgram = async () => {
    throw new Error('not like this')
  }

  const { observed } = await changeCode(t, { a: waiting(new OutsideSystem()) }, { a: throwing })

  const { reason } = await observed('run failed')
  assert.equal(reason, 'not like this')
})

test('a run whose automation has another name now fails and says so, and the other name starts nothing', async (t) => {
  const outside = new OutsideSystem()

  const { observed, observations } = await changeCode(t, { a: waiting(outside) }, { 'a-renamed': waiting(outside) })

  const { code, automation } = await observed('run failed')
  assert.deepEqual([code, automation], ['run.automation_gone', 'a'])
  assert.equal(outside.size, 1)
  assert.ok(observations.every((each) => each.automation === 'a'))
})

test('an automation that matches an old event only now does not start for it', async (t) => {
  const outside = new OutsideSystem()
  const before = waiting(outside)
  let started = 0

  const { engine, start, observed } = await changeCode(
    t,
    { a: before },
    {
      a: before,
      'a-new': async ({ steps }) => {
        started += 1
        await steps.step('new', () => 1)
      },
    },
  )
  await start('a-new')

  await observed('run finished', ({ automation }) => automation === 'a-new')
  assert.equal(started, 1)
  const underWay = () =>
    engine.admin.query<{ id: string }>(`SELECT id FROM sys_invocation WHERE status IN ('suspended', 'running')`)
  // It has told its end a moment before the engine has it.
  await until('only the old run is under way', async () => (await underWay()).length === 1)
})
