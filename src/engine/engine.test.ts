import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { defaultPolicy, startEngine } from './engine.ts'
import type { RunInput } from './services.ts'

interface TestEvent {
  id: string
  kind: string
}

function dataFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'adder-'))
}

async function engineWith(folder: string, programs: Record<string, (run: RunInput<TestEvent>) => Promise<unknown>>) {
  return startEngine<TestEvent>({
    dataFolder: folder,
    programs: {
      matching: (event) => Object.keys(programs).filter((name) => name.startsWith(event.kind)),
      program: (name) => programs[name],
    },
    policy: defaultPolicy,
    retentionDays: 1,
    observe: (o) => {
      if (process.env.DEBUG) console.log(o)
    },
    log: () => undefined,
  })
}

test('runs the one automation that an event starts, once for two deliveries of it', async (t) => {
  const folder = dataFolder()
  t.after(() => rmSync(folder, { recursive: true }))
  const done = Promise.withResolvers<number>()
  let steps = 0
  const engine = await engineWith(folder, {
    'a-first': async ({ steps: run }) => {
      const [one, two] = await Promise.all([
        run.step('one', () => {
          steps += 1
          return 1
        }),
        run.step('two', () => 2),
      ])
      await run.sleep(10)
      done.resolve(one + two)
    },
  })
  t.after(() => engine.close())

  const first = await engine.accept({ id: 'x'.repeat(64), kind: 'a' })
  const second = await engine.accept({ id: 'x'.repeat(64), kind: 'a' })

  assert.equal(await done.promise, 3)
  assert.equal(first.isDuplicate, false)
  assert.equal(second.isDuplicate, true)
  assert.equal(first.run, second.run)
  assert.equal(steps, 1)
})
