import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startBalancer } from '../../examples/cluster/local/balancer.ts'
import { startEngineNodes } from '../../examples/cluster/local/engine-nodes.ts'
import { closeBeforeRemoval, dataFolder } from '../../test/engine/data-folder.ts'
import { startHeldWire } from '../../test/engine/held-wire.ts'
import { OutsideSystem } from '../../test/engine/outside-system.ts'
import { startTestEngine, type TestProgram } from '../../test/engine/start-test-engine.ts'
import { until } from '../../test/support/until.ts'
import { freePort } from '../cli/demo/free-port.ts'
import type { Effect } from '../connectors/effect.ts'
import { notFound } from '../connectors/outcome.ts'

interface TwoOptions {
  /** Default: a second, so that what waits goes on in another attempt. */
  inactivityTimeoutMs?: number
}

/** Two processes' worth of Adder on one engine; only the first is there at first. */
async function startFirstOfTwo(
  t: TestContext,
  programs: Record<string, TestProgram | undefined>,
  { inactivityTimeoutMs = 1000 }: TwoOptions = {},
) {
  const folder = dataFolder(t)
  const { nodes, identityKey, close } = await startEngineNodes(folder, 1)
  closeBeforeRemoval(folder, close)
  const [firstPort, secondPort] = await Promise.all([freePort(), freePort()])
  const wireToFirst = await startHeldWire(firstPort)
  const handlers = await startBalancer([wireToFirst.port, secondPort])
  closeBeforeRemoval(folder, async () => {
    handlers.close()
    wireToFirst.close()
  })
  const start = (port: number, own: Record<string, TestProgram | undefined>) =>
    startTestEngine(t, own, {
      policy: { searchForMs: 1000 },
      inactivityTimeoutMs,
      cluster: {
        ingress: `http://127.0.0.1:${nodes[0]?.ingressPort}`,
        admin: `http://127.0.0.1:${nodes[0]?.adminPort}`,
        identityKey,
        handlers: { url: handlers.url, port },
      },
    })
  return {
    first: await start(firstPort, programs),
    startSecond: (own = programs) => start(secondPort, own),
    wireToFirst,
  }
}

test('what a process that is cut off from the engine still writes is not written again by another, and what it lost is', async (t) => {
  const timeoutMs = 2000
  const plain = { cheap: new OutsideSystem(), lagging: new OutsideSystem() }
  const [looked, lost] = [new OutsideSystem(), new OutsideSystem()]
  looked.meets('answered 500', { madeAfterMs: timeoutMs - 200 })
  const isSecondThere = Promise.withResolvers<void>()
  const isLooking = Promise.withResolvers<void>()
  const effects = {
    cheap: madeWhenLookedFor(plain.cheap, { timeoutMs }),
    lagging: madeWhenLookedFor(plain.lagging, { timeoutMs, finding: 'lagging' }),
    lost: neverMadeAtFirst(lost, { timeoutMs }),
    looked: slowToLook(looked, { timeoutMs, isLooking: isLooking.resolve }),
  }
  const program: TestProgram = async ({ steps }) => {
    await steps.step('wait', () => isSecondThere.promise)
    await Promise.all(Object.entries(effects).map(([name, effect]) => steps.effect(name, effect, 'it')))
  }
  const { first, startSecond, wireToFirst } = await startFirstOfTwo(t, { a: program })

  await first.start('a')
  const { observed } = await startSecond()
  isSecondThere.resolve()
  await isLooking.promise
  wireToFirst.cut()

  await first.observed('step', ({ step, effect }) => step === 'looked' && effect === 'made')
  await observed('run finished')
  assert.deepEqual(
    [plain.cheap, plain.lagging, looked, lost].map(({ size }) => size),
    [1, 1, 1, 1],
  )
})

test('a process that hears from the engine too late writes nothing that another has written meanwhile', async (t) => {
  const outside = new OutsideSystem()
  const begun = Promise.withResolvers<void>()
  const isHeld = Promise.withResolvers<void>()
  const program: TestProgram = async ({ steps }) => {
    await steps.step('before', () => {
      begun.resolve()
      return isHeld.promise
    })
    await steps.effect('effect', outside.effect(), 'it')
  }
  const { first, startSecond, wireToFirst } = await startFirstOfTwo(t, { a: program }, { inactivityTimeoutMs: 90_000 })

  await first.start('a')
  await begun.promise
  wireToFirst.hold()
  isHeld.resolve()
  await until('word is on its way that the step is recorded', async () => wireToFirst.held().includes('"attempt"'))
  wireToFirst.cut()
  const second = await startSecond()
  await second.observed('run finished')
  wireToFirst.deliver()

  await first.observed('step', ({ step }) => step === 'effect')
  assert.equal(outside.size, 1)
})

/** The first attempt is made a moment after another one has looked for it. */
function madeWhenLookedFor(outside: OutsideSystem, options: Partial<Effect<string, string>>): Effect<string, string> {
  const { make, ...rest } = outside.effect(options)
  let isFirst = true
  return {
    ...rest,
    make: async (...call) => {
      if (isFirst) {
        isFirst = false
        await until('it is looked for', () => outside.finds > 0)
        await setTimeout(500)
      }
      return make(...call)
    },
  }
}

/** The first attempt comes to nothing, and says nothing. */
function neverMadeAtFirst(outside: OutsideSystem, options: Partial<Effect<string, string>>): Effect<string, string> {
  const { make, ...rest } = outside.effect(options)
  let calls = 0
  return {
    ...rest,
    make: async (...call) => {
      calls += 1
      return calls === 1 ? new Promise<never>(() => undefined) : make(...call)
    },
  }
}

/** The first look takes as long as it may. */
function slowToLook(
  outside: OutsideSystem,
  { timeoutMs, isLooking }: { timeoutMs: number; isLooking(): void },
): Effect<string, string> {
  const { find, ...rest } = outside.effect({ timeoutMs })
  return {
    ...rest,
    find: async (...call) => {
      const isFirst = outside.finds === 0
      const answer = (await find?.(...call)) ?? notFound()
      isLooking()
      if (isFirst) await setTimeout(timeoutMs - 200)
      return answer
    },
  }
}

test('a run whose automation this process does not know is left to the one that is there after it', async (t) => {
  const { first, startSecond, wireToFirst } = await startFirstOfTwo(t, { a: undefined })
  await first.start('a')
  const left = "SELECT id FROM sys_invocation WHERE status = 'backing-off'"
  await until('the run is left', async () => (await first.engine.admin.query(left)).length > 0)

  const second = await startSecond({ a: async () => undefined })
  // Until then the engine calls the first over the connection that it has.
  wireToFirst.cut()

  await second.observed('run finished')
  assert.deepEqual(
    first.observations.map(({ kind }) => kind),
    [],
  )
})
