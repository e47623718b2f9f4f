import assert from 'node:assert/strict'
import { kill } from 'node:process'
import { test } from 'node:test'
import { endEngine } from './support/adder-process.ts'
import { startTalk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

const ticking = `
import { automation, every } from 'adderjs'

export const watch = automation({
  name: 'watch',
  on: every('1s'),
  run: ({ event, tickets }) => tickets.open({ summary: 'tick of ' + event.scheduledAt }),
})
`

test('each tick happens once, over kills of Adder and of its engine', async (t) => {
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'watch.ts': ticking })
  const talk = await startTalk((cleanUp) => t.after(cleanUp), { project: project.folder })
  const summaries = () => talk.tickets('tick of ').map(({ fields }) => String(fields.summary))
  await until('it ticks', () => summaries().length >= 2)

  for (const ends of ['Adder', 'Adder and its engine']) {
    const enginePid = talk.adder.enginePid()
    await talk.adder.kill()
    if (ends !== 'Adder') {
      kill(enginePid, 'SIGKILL')
      await endEngine(talk.dataFolder)
    }
    const before = summaries().length
    await talk.restart()
    await until(`it ticks on after ${ends} ended`, () => summaries().length >= before + 3, { withinMs: 60_000 })
  }

  assert.equal(new Set(summaries()).size, summaries().length)
})
