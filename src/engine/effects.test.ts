import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { describe, type TestContext, test } from 'node:test'
import { type Fate, OutsideSystem } from '../../test/engine/outside-system.ts'
import { startTestEngine, type TestEngineOptions, type TestProgram } from '../../test/engine/start-test-engine.ts'
import type { Effect } from '../connectors/effect.ts'
import { notFound } from '../connectors/outcome.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'

const lagging = { finding: 'lagging' } as const
const quickly = { policy: { searchForMs: 600 } }
/** Longer than a busy machine makes a timer late. */
const patiently = { policy: { searchForMs: 3000 } }

/** Makes one effect in a run of its own. */
async function makeOne(t: TestContext, effect: Effect<string, string>, options: TestEngineOptions = quickly) {
  const ended = Promise.withResolvers<string>()
  const test = await startTestEngine(
    t,
    {
      a: async ({ steps }) => {
        await steps.effect('thing', effect, 'it').then(ended.resolve, ended.reject)
      },
    },
    options,
  )
  ended.promise.catch(() => undefined)
  const { event } = await test.start('a')
  return { ...test, event, ended: ended.promise }
}

describe('an effect', { concurrency: 6 }, () => {
  const fates: [Fate[], { makes: number; how?: 'made' | 'found' }][] = [
    [['made'], { makes: 1, how: 'made' }],
    [['connection refused', 'made'], { makes: 2, how: 'made' }],
    [['answer lost'], { makes: 1, how: 'found' }],
    [['made and answered 500'], { makes: 1, how: 'found' }],
    [['answered 500', 'made'], { makes: 2, how: 'made' }],
    // Where the machine is late, the first attempt may still hear of it.
    [[{ madeAfterMs: 1000 }], { makes: 1 }],
  ]
  for (const [finding, lagMs] of [
    ['cheap', 0],
    ['lagging', 400],
  ] as const)
    for (const [met, { makes, how }] of fates)
      test(`with a ${finding} find that meets ${JSON.stringify(met)} is there once, after ${makes} calls`, async (t) => {
        const outside = new OutsideSystem()
        outside.lagMs = lagMs
        outside.meets(...met)

        const { ended, observed } = await makeOne(t, outside.effect({ finding }), patiently)

        assert.equal(await ended, 'it')
        assert.equal(outside.makes, makes)
        assert.equal(outside.size, 1)
        const { marker } = await observed('step', ({ effect }) => effect !== undefined && effect === (how ?? effect))
        assert.match(marker ?? '', /^adder-[0-9a-f]{24}$/)
      })

  test('costs no find where nothing went wrong', async (t) => {
    const cheap = new OutsideSystem()
    const slow = new OutsideSystem()

    await (await makeOne(t, cheap.effect())).ended
    await (await makeOne(t, slow.effect(lagging))).ended

    assert.equal(cheap.finds + slow.finds, 0)
  })

  test('with a cheap find is made again only when the call that got lost can be under way no longer', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('call lost')
    const startedAt = Date.now()

    const { ended } = await makeOne(t, outside.effect())

    await ended
    assert.deepEqual([outside.makes, outside.size], [2, 1])
    assert.ok(Date.now() - startedAt >= 300 + 1000)
  })

  test('with a lagging find that got no answer and is not found waits for a person, who can have it made', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('call lost')

    const { ended, observed, engine } = await makeOne(t, outside.effect(lagging))
    const { wait, code } = await observed('waiting')
    const makesBefore = outside.makes
    await engine.resolveWait(wait, { action: 'try again' })

    assert.equal(code, 'effect.unknown')
    assert.equal(makesBefore, 1)
    assert.equal(await ended, 'it')
    assert.deepEqual([outside.makes, outside.size], [2, 1])
  })

  test('that waits for a person is looked for again before it is made again', async (t) => {
    const outside = new OutsideSystem()
    outside.lagMs = Number.POSITIVE_INFINITY
    outside.meets('answer lost')

    const { ended, observed, engine } = await makeOne(t, outside.effect(lagging))
    const { wait } = await observed('waiting')
    outside.lagMs = 0
    await engine.resolveWait(wait, { action: 'try again' })

    await ended
    assert.deepEqual([outside.makes, outside.size], [1, 1])
  })

  test('with a lagging find is made again without a person where the policy says so', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('call lost')

    const { ended, observations } = await makeOne(t, outside.effect(lagging), {
      policy: { searchForMs: 200, whenUnknown: 'make again' },
    })

    await ended
    assert.deepEqual([outside.makes, outside.size], [2, 1])
    assert.ok(observations.every(({ kind }) => kind !== 'waiting'))
  })

  test('that used up its patience in doubt looks first when a person has it tried again', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('answer lost')

    const { ended, observed, engine } = await makeOne(t, outside.effect(), { policy: { patienceMs: 0 } })
    const { wait } = await observed('waiting')
    await engine.resolveWait(wait, { action: 'try again' })

    await ended
    assert.deepEqual([outside.makes, outside.size], [1, 1])
  })

  test('tells before each attempt that it is intended, and what it is about', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('connection refused', 'made')
    const about = { key: 'THING-1', url: 'https://outside.example/THING-1' }

    const { ended, observations } = await makeOne(t, outside.effect({ about: () => about }))

    await ended
    const told = observations.flatMap((each): [string, unknown][] => {
      if (each.kind === 'intended') return [[each.kind, each.about]]
      return each.kind === 'step' ? [[each.result, each.about]] : []
    })
    assert.deepEqual(told, [
      ['intended', about],
      ['again', about],
      ['intended', about],
      ['done', about],
    ])
  })

  test('that can not tell what it is about is made all the same', async (t) => {
    const outside = new OutsideSystem()
    const about = () => {
      throw new Error('no ticket was given')
    }

    const { ended } = await makeOne(t, outside.effect({ about }))

    assert.equal(await ended, 'it')
  })

  test('with a cheap find stays unknown while it can not be looked for', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('answer lost')
    const { find, ...rest } = outside.effect()
    const silence = new ConnectorUnavailable('down', { mayHaveHappened: false })
    let looks = 0
    const effect: Effect<string, string> = {
      ...rest,
      find: async (input, call) => {
        looks += 1
        if (looks === 1) throw silence
        return (await find?.(input, call)) ?? notFound()
      },
    }

    const { ended, observations } = await makeOne(t, effect)

    await ended
    const results = observations.flatMap((each) => (each.kind === 'step' ? [each.result] : []))
    assert.deepEqual(results, ['unsure', 'unsure', 'done'])
  })

  test('whose own webhook was seen is searched for no longer', async (t) => {
    const outside = new OutsideSystem()
    outside.lagMs = 3_600_000
    outside.meets('answer lost')

    const { ended, observed, engine } = await makeOne(t, outside.effect(lagging), {
      policy: { searchForMs: 3_600_000 },
    })
    const { marker = '' } = await observed('step', ({ result }) => result === 'unsure')
    engine.memory.sight(marker, 'seen')

    assert.equal(await ended, 'seen')
    assert.deepEqual([outside.makes, outside.size], [1, 1])
  })

  test('that is refused rejects with the reason and is not tried again', async (t) => {
    let makes = 0
    const refusing: Effect<string, string> = {
      once: 'at least once',
      make: () => {
        makes += 1
        throw new ConnectorRefused('no such project', { status: 404 })
      },
    }

    const { ended } = await makeOne(t, refusing)

    await assert.rejects(ended, {
      code: 'run.step_refused',
      reasonCode: 'connector.refused',
      message: 'thing: no such project',
    })
    assert.equal(makes, 1)
  })

  test('that is made at least once is made again where its answer got lost', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('answer lost')
    const { make } = outside.effect()

    const { ended } = await makeOne(t, { once: 'at least once', timeoutMs: 300, make })

    await ended
    assert.deepEqual([outside.makes, outside.size], [2, 2])
  })

  test('that is made at least once is not made again after an answer that can not be read, and waits for a person', async (t) => {
    const outside = new OutsideSystem()
    outside.meets('answered nonsense')
    const { make } = outside.effect()

    const { ended, engine, observed } = await makeOne(t, { once: 'at least once', timeoutMs: 300, make })

    const { wait, code } = await observed('waiting')
    assert.deepEqual([code, outside.makes], ['connector.answer_invalid', 1])
    await engine.resolveWait(wait, { action: 'try again' })
    await ended
    assert.equal(outside.makes, 2)
  })

  test('by state is judged by when it was itself intended, not by when the run began', async (t) => {
    const outside = new OutsideSystem()
    const intents: string[] = []
    const byState = outside.effect({
      once: 'by state',
      make: async (input, { intendedAt }) => {
        intents.push(intendedAt)
        return input
      },
    })
    const program: TestProgram = async ({ steps }) => {
      await steps.effect('first', outside.effect(), 'it')
      const before = await steps.now()
      await steps.effect('second', byState, 'it')
      await steps.step('compare', () => assert.ok(Date.parse(intents[0] ?? '') >= before))
    }
    const { start, observed } = await startTestEngine(t, { a: program })

    await start('a')

    await observed('run finished')
    assert.equal(intents.length, 1)
  })

  test('is joined while it is under way when the engine was killed, and made once', async (t) => {
    const outside = new OutsideSystem()
    const { make, ...rest } = outside.effect(lagging)
    const underWay = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let runs = 0
    const held: Effect<string, string> = {
      ...rest,
      timeoutMs: 20_000,
      make: async (...args) => {
        underWay.resolve()
        await release.promise
        return make(...args)
      },
    }
    const again = Promise.withResolvers<void>()
    const program: TestProgram = async ({ steps }) => {
      runs += 1
      if (runs === 2) again.resolve()
      await steps.effect('thing', held, 'it')
    }
    const { start, observed, engine } = await startTestEngine(t, { a: program })

    await start('a')
    await underWay.promise
    kill(engine.enginePid() ?? 0, 'SIGKILL')
    await again.promise
    release.resolve()

    await observed('run finished')
    assert.deepEqual([outside.makes, outside.size, outside.finds], [1, 1, 0])
  })

  for (const finding of ['cheap', 'lagging'] as const)
    test(`with a ${finding} find that an earlier generation made is found again by the next, in a new process`, async (t) => {
      const outside = new OutsideSystem()
      outside.lagMs = 300
      const since: string[] = []
      const { make, find, ...rest } = outside.effect({ finding })
      const effect: Effect<string, string> = {
        ...rest,
        make,
        find: async (input, call) => {
          since.push(call.intendedAt)
          return (await find?.(input, call)) ?? { kind: 'not_found' }
        },
      }
      const first = await makeOne(t, effect)
      await first.ended
      await first.engine.close()

      const { engine, observed } = await startTestEngine(t, {
        a: async ({ steps }) => {
          await steps.effect('thing', effect, 'it')
        },
      })
      await engine.rerun('a', first.event, 1)

      await observed('run finished')
      assert.deepEqual([outside.makes, outside.size], [1, 1])
      assert.ok(since.every((each) => each === first.event.at))
    })
})
