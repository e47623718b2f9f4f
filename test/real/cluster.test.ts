import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { assertWhole } from '../cluster/assert-whole.ts'
import { sidsOf, startAdders } from '../cluster/start-adders.ts'
import { tempProject } from '../support/temp-project.ts'
import { until } from '../support/until.ts'

/** The talk's, with a step in front that a run under way does not have. */
const changedAutomations = `
import { automation, jsonBlock } from 'adderjs'
import * as splunk from 'adderjs/splunk'
export { enrichTicket } from '../../../../examples/talk/automations/mock-scan.ts'

export const openTicket = automation({
  name: 'mock-scan',
  on: splunk.alert({ searchName: 'MockScan Alert' }),
  run: async ({ event, tickets, step }) => {
    await step('a new step', () => 'done')
    const description = [jsonBlock(event)]
    return tickets.open({ summary: 'MockScan', labels: ['mock-scan'], description, alert: event })
  },
})
`

describe('two Adders', () => {
  test('on three nodes make everything once when one of the nodes is killed under load', async (t) => {
    const scene = await startAdders((cleanUp) => t.after(cleanUp), { engines: 3 })
    scene.systems.jira.misbehave({ slowMs: 500 })
    const sids = sidsOf(24)

    const sending = scene.send(sids, 3)
    await until('there are comments', () => scene.comments() > 5, { withinMs: 60_000 })
    await scene.cluster.nodes[0]?.end('SIGKILL')
    await sending

    await assertWhole(scene, sids)
  })

  test('make one ticket of each alert while they are restarted in turn with a changed automation', async (t) => {
    const changed = tempProject((cleanUp) => t.after(cleanUp), { 'changed.ts': changedAutomations })
    writeFileSync(
      path.join(changed.folder, 'adder.config.ts'),
      "export { default } from '../../cluster/project/adder.config.ts'\n",
    )
    const scene = await startAdders((cleanUp) => t.after(cleanUp), { engines: 1 })
    scene.systems.jira.misbehave({ slowMs: 500 })
    const sids = sidsOf(24)

    const sending = scene.send(sids, 3)
    await until('there are comments', () => scene.comments() > 5, { withinMs: 60_000 })
    await scene.restart(0, changed.folder)
    await scene.restart(1, changed.folder)
    await sending

    await assertWhole(scene, sids)
  })
})
