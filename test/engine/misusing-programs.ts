import { setTimeout } from 'node:timers/promises'
import type { TestProgram } from './start-test-engine.ts'

/** What a durable run can't repeat, each in its own way. */
export const misusingPrograms = {
  stepAfterTimer: async ({ steps }) => {
    const plain = setTimeout(20).then(() => steps.step('late', () => 1))
    await steps.sleep(500)
    await plain
  },
  stepAfterTimerThatNobodyWaitsFor: async ({ steps }) => {
    void setTimeout(20).then(() => steps.step('late', () => 1))
    await steps.sleep(500)
  },
  stepAfterRequest: async ({ steps, event }) => {
    const plain = fetch(String(event.data)).then(() => steps.step('late', () => 1))
    for (let turn = 0; turn < 200; turn += 1) await steps.step(`turn ${turn}`, () => turn)
    await plain
  },
  commitAfterTimer: async ({ commit, event, steps }) => {
    void setTimeout(20).then(() => commit({ ...event, id: 'f'.repeat(64) }))
    await steps.sleep(500)
  },
  plainWait: async ({ steps }) => {
    await steps.step('the last one', () => 1)
    await setTimeout(60_000, undefined, { ref: false })
  },
} satisfies Record<string, TestProgram>
