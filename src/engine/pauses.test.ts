import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { OutsideSystem } from '../../test/engine/outside-system.ts'
import { startTestEngine, type TestEngine, type TestProgram } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'

const by = 'mara'
const virustotal = { what: 'connector', name: 'virustotal' } as const
const all = { what: 'all' } as const

/** Asks two systems at once, and makes something with one of them. */
function asking(asked: string[], outside = new OutsideSystem()): TestProgram {
  const ask = (name: string) => () => asked.push(name)
  return ({ steps }) =>
    Promise.all([
      steps.step('directory.user', ask('directory')),
      steps.step('virustotal.file', ask('virustotal')),
      steps.effect('virustotal.vote', outside.effect(), 'it'),
    ])
}

/** Waits until the engine has put so many runs aside. */
async function putAside({ engine }: TestEngine, count: number): Promise<void> {
  await until(`${count} runs are put aside`, async () => {
    const sql = "SELECT count(*) AS runs FROM sys_invocation WHERE status = 'suspended'"
    const [row] = await engine.admin.query<{ runs: number }>(sql)
    return row?.runs === count
  })
}

test('a paused connector holds back its own steps and nothing else, until it goes on', async (t) => {
  const asked: string[] = []
  const outside = new OutsideSystem()
  const { engine, start, observed, observations } = await startTestEngine(t, { a: asking(asked, outside) })
  await engine.pauses.pause({ ...virustotal, by })

  await start('a')
  await observed('paused', ({ step }) => step === 'virustotal.file')
  await observed('paused', ({ step }) => step === 'virustotal.vote')
  await observed('step', ({ step }) => step === 'directory.user')
  assert.deepEqual([asked, outside.size], [['directory'], 0])
  await engine.pauses.resume(virustotal)

  await observed('run finished')
  assert.deepEqual([asked, outside.size], [['directory', 'virustotal'], 1])
  const resumed = observations.flatMap((each) => (each.kind === 'resumed' ? [each.step] : []))
  assert.deepEqual(resumed.toSorted(), ['virustotal.file', 'virustotal.vote'])
})

test('a paused automation waits, and another one does not', async (t) => {
  const one: TestProgram = ({ steps }) => steps.step('one', () => 1)
  const { engine, start, observed } = await startTestEngine(t, { a: one, b: one })
  await engine.pauses.pause({ what: 'automation', name: 'a', by })

  await start('a')
  await start('b')

  await observed('run finished', ({ automation }) => automation === 'b')
  await observed('paused', ({ automation }) => automation === 'a')
  await engine.pauses.resume({ what: 'automation', name: 'a' })
  await observed('run finished', ({ automation }) => automation === 'a')
})

test('an attempt that is under way ends, and only the next step waits', async (t) => {
  const begun = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const { engine, start, observed } = await startTestEngine(t, {
    a: async ({ steps }) => {
      await steps.step('first', () => {
        begun.resolve()
        return held.promise
      })
      await steps.step('second', () => 2)
    },
  })
  await start('a')
  await begun.promise

  await engine.pauses.pause({ ...all, by })
  held.resolve()

  await observed('step', ({ step, result }) => step === 'first' && result === 'done')
  await observed('paused', ({ step }) => step === 'second')
  await engine.pauses.resume(all)
  await observed('run finished')
})

test('what is held by two pauses goes on when both have ended', async (t) => {
  const asked: string[] = []
  const { engine, start, observed, observations } = await startTestEngine(t, {
    a: ({ steps }) => steps.step('virustotal.file', () => asked.push('it')),
  })
  await engine.pauses.pause({ ...all, by })
  await engine.pauses.pause({ ...virustotal, by })
  await start('a')
  await observed('paused', ({ subject }) => subject === 'all')

  await engine.pauses.resume(all)
  await observed('paused', ({ subject }) => subject === 'connector virustotal')
  assert.deepEqual(asked, [])
  await engine.pauses.resume(virustotal)

  await observed('run finished')
  assert.equal(asked.length, 1)
  assert.equal(observations.filter(({ kind }) => kind === 'paused').length, 2)
})

test('an effect whose search lags is made at once after a long pause, because nothing of it had begun', async (t) => {
  const outside = new OutsideSystem()
  outside.lagMs = 3_600_000
  const made = await startTestEngine(t, {
    a: ({ steps }) => steps.effect('jira.open', outside.effect({ finding: 'lagging' }), 'it'),
  })
  const { engine, start, observed } = made
  await engine.pauses.pause({ what: 'connector', name: 'jira', by })
  await start('a')
  await observed('paused')
  await putAside(made, 1)

  await engine.pauses.resume({ what: 'connector', name: 'jira' })

  await observed('run finished')
  assert.deepEqual([outside.makes, outside.finds], [1, 0])
})

test('a pause outlives the process, and so do the runs that it holds; what began is asked for once', async (t) => {
  const folder = dataFolder(t)
  const asked: string[] = []
  const first = await startTestEngine(t, { a: asking(asked) }, { folder })
  await first.engine.pauses.pause({ ...virustotal, by, reason: 'new key on Monday' })
  await first.start('a')
  await first.observed('paused', ({ step }) => step === 'virustotal.file')
  await first.observed('step', ({ step }) => step === 'directory.user')
  await first.engine.close()

  const { engine, start, observed } = await startTestEngine(t, { a: asking(asked) }, { folder })
  const [pause] = engine.pauses.list()
  await start('a')
  await observed('paused')
  await engine.pauses.resume(virustotal)

  await observed('run finished')
  await until('both runs have asked', () => asked.length === 4)
  assert.deepEqual([pause?.name, pause?.by, pause?.reason], ['virustotal', by, 'new key on Monday'])
  assert.deepEqual(asked.toSorted(), ['directory', 'directory', 'virustotal', 'virustotal'])
})

test('runs that begin to wait in the moment of resuming go on, too', async (t) => {
  let finished = 0
  const {
    engine,
    start,
    until: holds,
  } = await startTestEngine(t, {
    a: async ({ steps }) => {
      await steps.step('virustotal.file', () => 1)
      finished += 1
    },
  })

  for (let round = 0; round < 10; round += 1) {
    await engine.pauses.pause({ ...virustotal, by })
    const started = Promise.all(Array.from({ length: 20 }, () => start('a')))
    await engine.pauses.resume(virustotal)
    await started
  }

  await holds(() => finished >= 200)
})

test('a run that was held back by a pause that had ended unseen goes on when it is looked at again', async (t) => {
  const folder = dataFolder(t)
  const program: TestProgram = ({ steps }) => steps.step('virustotal.file', () => 1)
  const first = await startTestEngine(t, { a: program }, { folder })
  const paused = await first.engine.pauses.pause({ ...virustotal, by })
  // As another process does that has resumed it, and has found no run that waits.
  const pause = JSON.stringify({ ...paused, end: 'done' })
  await first.engine.admin.setState('adder.pauses', 'connector virustotal', { pause })
  await first.start('a')
  await first.observed('paused')
  await first.engine.close()

  const { observed } = await startTestEngine(t, { a: program }, { folder })

  await observed('run finished')
})

test('another process on the same engine learns of a pause and of its end', async (t) => {
  const { engine, start, observed } = await startTestEngine(t, {
    a: ({ steps }) => steps.step('virustotal.file', () => 1),
  })
  const pause = { ...virustotal, by, since: new Date().toISOString() }
  const byAnother = (state: object) =>
    engine.admin.setState('adder.pauses', 'connector virustotal', { pause: JSON.stringify(state) })

  await byAnother(pause)
  await until('it is paused here, too', () => engine.pauses.list().length === 1)
  await start('a')
  await observed('paused')
  await byAnother({ ...pause, end: 'done' })

  await observed('run finished')
})

test('what is paused again before everything has gone on stays paused', async (t) => {
  const { engine, start, observed } = await startTestEngine(t, {
    a: ({ steps }) => steps.step('virustotal.file', () => 1),
  })
  const first = await engine.pauses.pause({ ...virustotal, by })
  await engine.pauses.resume(virustotal)
  await engine.pauses.pause({ ...virustotal, by: 'another' })

  await start('a')

  await observed('paused')
  const again = await engine.pauses.pause({ ...virustotal, by: 'a third', reason: 'still broken' })
  assert.ok(again.since > first.since)
  assert.deepEqual(engine.pauses.list(), [again])
})

test('a run that is held back can be cancelled', async (t) => {
  const { engine, start, observed } = await startTestEngine(t, {
    a: ({ steps }) => steps.step('virustotal.file', () => 1),
  })
  await engine.pauses.pause({ ...all, by })
  const { run } = await start('a')
  await observed('paused')

  assert.equal(await engine.admin.cancel(run), true)

  await observed('run cancelled')
})

test('a run that only waits, for a person, for the end of a pause or for a later time, is put aside', async (t) => {
  const made = await startTestEngine(
    t,
    {
      a: ({ steps }) => steps.step('virustotal.file', () => 1),
      b: ({ steps }) => steps.step('broken', () => assert.fail('no')),
      c: ({ steps }) => steps.sleep(3_600_000),
    },
    { policy: { patienceMs: 0 } },
  )
  await made.engine.pauses.pause({ ...virustotal, by })

  await made.start('a')
  await made.start('b')
  await made.start('c')
  await putAside(made, 3)

  const { wait } = await made.observed('waiting')
  await made.engine.resolveWait(wait, { action: 'try again' })
  await made.until(() => made.observations.filter(({ kind }) => kind === 'waiting').length === 2)
})
