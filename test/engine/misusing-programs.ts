import { setTimeout } from 'node:timers/promises'
import type { ProgramsModule } from './engine-child.ts'
import type { TestProgram } from './start-test-engine.ts'

/** What a durable run can't repeat, each in its own way; and what it can. */
const all: Record<string, TestProgram> = {
  'step after a timer': async ({ steps }) => {
    const plain = setTimeout(20).then(() => steps.step('late', () => 1))
    await steps.sleep(500)
    await plain
  },
  'step after a timer that nobody waits for': async ({ steps }) => {
    void setTimeout(20).then(() => steps.step('late', () => 1))
    await steps.sleep(500)
  },
  'step after a request': async ({ steps, event }) => {
    const plain = fetch(String(event.data)).then(() => steps.step('late', () => 1))
    for (let turn = 0; turn < 200; turn += 1) await steps.step(`turn ${turn}`, () => turn)
    await plain
  },
  'commit after a timer': async ({ commit, event, steps }) => {
    void setTimeout(20).then(() => commit({ ...event, id: 'f'.repeat(64) }))
    await steps.sleep(500)
  },
  'plain wait': async ({ steps }) => {
    await steps.step('the last one', () => 1)
    await setTimeout(60_000, undefined, { ref: false })
  },
  'early rejection': async ({ steps }) => {
    const failing = (async () => {
      await steps.sleep(1)
      throw new Error('early')
    })()
    await steps.sleep(100)
    await steps.step('meanwhile', () => 1)
    await failing
  },
}

export const programs: ProgramsModule = () => ({
  matching: ({ kind }) => [kind],
  program: (name) => all[name],
})
