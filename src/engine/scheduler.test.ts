import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { dataFolder } from '../../test/engine/data-folder.ts'
import { startChild } from '../../test/engine/start-child.ts'
import { startTestEngine, testEvent } from '../../test/engine/start-test-engine.ts'

test('a run may be written with ordinary promises, loops and exceptions', async (t) => {
  const ended = Promise.withResolvers<unknown>()
  const { start } = await startTestEngine(t, {
    a: async ({ steps }) => {
      const [one, two] = await Promise.all([steps.step('one', () => 1), steps.step('two', () => ({ at: new Date(0) }))])
      const first = await Promise.race([steps.sleep(60_000), steps.step('three', () => 3)])
      const settled = await Promise.allSettled([
        steps.step('four', () => 4),
        (async () => {
          await steps.sleep(5)
          throw new Error('thrown by the run')
        })(),
      ])
      let sum = 0
      for (let turn = 0; turn < 3; turn += 1) sum += await steps.step(`turn ${turn}`, () => turn)
      ended.resolve({ one, two, first, settled: settled.map(({ status }) => status), sum })
    },
  })

  await start('a')

  assert.deepEqual(await ended.promise, {
    one: 1,
    // A result is JSON, also before anything was replayed.
    two: { at: '1970-01-01T00:00:00.000Z' },
    first: 3,
    settled: ['fulfilled', 'rejected'],
    sum: 3,
  })
})

const misusing = new URL('../../test/engine/misusing-programs.ts', import.meta.url).href

/** Runs a program in a process of its own, which has to live on. */
async function failureOf(t: TestContext, program: string, data?: unknown): Promise<{ code: string; reason: string }> {
  const child = await startChild(dataFolder(t), misusing)
  await child.accept(testEvent(program, data))
  const failure = () => child.observations.find((each) => each.kind === 'run failed')
  await child.until(() => failure() !== undefined)
  await child.query('SELECT 1')
  const { code = '', reason = '' } = failure() ?? {}
  return { code, reason }
}

test('a step that is begun after a plain timer is refused, with its line', async (t) => {
  const { code, reason } = await failureOf(t, 'step after a timer')

  assert.equal(code, 'run.misuse')
  assert.match(reason, /^"late" was begun after something that is not a step.*last step was "sleep"/)
  assert.match(reason, /misusing-programs\.ts:8:/)
})

test('a step that is begun after a plain timer ends the run also where nobody waits for it', async (t) => {
  const { code, reason } = await failureOf(t, 'step after a timer that nobody waits for')

  assert.equal(code, 'run.misuse')
  assert.match(reason, /^"late" was begun after/)
})

test('a step that is begun after a plain request is refused, however busy the run is', async (t) => {
  const server = createServer((_, response) => response.end('{}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo // a TCP server's address is one

  const { code, reason } = await failureOf(t, 'step after a request', `http://127.0.0.1:${port}`)

  assert.equal(code, 'run.misuse')
  assert.match(reason, /^"late" was begun after/)
})

test('an event that is committed after a plain timer is refused', async (t) => {
  const { code, reason } = await failureOf(t, 'commit after a timer')

  assert.equal(code, 'run.misuse')
  assert.match(reason, /^"send" was begun after/)
})

test('a run that waits for something that is not a step is refused, naming its last step', async (t) => {
  const { code, reason } = await failureOf(t, 'plain wait')

  assert.equal(code, 'run.misuse')
  assert.match(reason, /waits for something that is not a step.*"the last one"/)
})

test('a promise that rejects before the run waits for it does not end the process', async (t) => {
  const { code, reason } = await failureOf(t, 'early rejection')

  assert.deepEqual([code, reason], ['run.failed', 'early'])
})

test('a run with a thousand branches lets other runs go on, and ends', async (t) => {
  const order: string[] = []
  const { start, until } = await startTestEngine(t, {
    wide: async ({ steps }) => {
      const asked = await Promise.all(
        Array.from({ length: 1000 }, (_, index) =>
          steps.lookup(`look-up ${index}`, async () => ({ kind: 'found', value: index }), undefined),
        ),
      )
      order.push(`wide ${asked.filter(({ kind }) => kind === 'found').length}`)
    },
    narrow: async ({ steps }) => {
      for (let turn = 0; turn < 5; turn += 1) await steps.step(`turn ${turn}`, () => turn)
      order.push('narrow')
    },
  })

  await start('wide')
  await start('narrow')

  await until(() => order.length === 2)
  assert.deepEqual(order, ['narrow', 'wide 1000'])
})

test('a timer that is due goes first, however many others wait', async (t) => {
  const order: string[] = []
  const { start, observed } = await startTestEngine(t, {
    a: async ({ steps }) => {
      const long = Array.from({ length: 200 }, (_, index) => steps.sleep(1500).then(() => order.push(`long ${index}`)))
      await steps.step('some time later', () => 1)
      await steps.sleep(50)
      order.push('short')
      await Promise.all(long)
    },
  })

  await start('a')

  await observed('run finished')
  assert.equal(order[0], 'short')
  assert.equal(order.length, 201)
})

test('a run with a thousand sleeping branches ends', async (t) => {
  const { start, observed } = await startTestEngine(t, {
    a: ({ steps }) => Promise.all(Array.from({ length: 1000 }, (_, index) => steps.sleep(index % 100))),
  })

  await start('a')

  const { ms } = await observed('run finished')
  t.diagnostic(`1,000 timers took ${ms} ms`)
})
