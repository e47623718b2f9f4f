import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTalk, type Talk } from './support/talk.ts'
import { tempProject } from './support/temp-project.ts'
import { until } from './support/until.ts'

/** Opens a ticket, comments, waits, comments again. */
const automation = (waiting: string): string => `
import { automation, request } from 'adderjs'
import * as z from 'zod'

export const slow = automation({
  name: 'slow',
  on: request(z.object({ user: z.string() })),
  run: async ({ event, tickets, step, sleep }) => {
    const ticket = await tickets.open({ summary: 'slow for ' + event.user })
    await tickets.comment(ticket, 'before the wait')
    ${waiting}
    await tickets.comment(ticket, 'after the wait')
  },
})
`

test('a run that waits when its automation is changed starts over with the new code and makes nothing twice', async (t) => {
  const project = tempProject((cleanUp) => t.after(cleanUp), { 'slow.ts': automation('await sleep(3_600_000)') })
  const talk = await startTalk((cleanUp) => t.after(cleanUp), { project: project.folder })
  await talk.postApi('/automations/slow/runs', { user: 'mlisa' })
  await until('the run waits', async () => (await sleeps(talk)).length === 1)

  await talk.adder.kill()
  project.write('slow.ts', automation("await step('a new step', () => 'done')\n    await sleep(100)"))
  await talk.restart()

  assert.deepEqual(await talk.settled('mlisa', 2), ['before the wait', 'after the wait'])
  assert.equal(talk.tickets('mlisa').length, 1)
  await until('the log says so', () =>
    talk.adder.log.some(({ msg, generation }) => msg === 'run superseded' && generation === 1),
  )
})

function sleeps({ adder }: Talk): Promise<unknown[]> {
  return adder.query("SELECT id FROM sys_journal WHERE entry_type LIKE '%Sleep%'")
}
