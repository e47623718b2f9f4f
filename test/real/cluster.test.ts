import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { assertWholeDespite } from '../cluster/assert-whole.ts'
import { startAdders } from '../cluster/start-adders.ts'
import { tempProject } from '../support/temp-project.ts'

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

    await assertWholeDespite(scene, () => scene.cluster.nodes[0]?.end('SIGKILL'))
  })

  test('make one ticket of each alert while they are restarted in turn with a changed automation', async (t) => {
    const changed = tempProject((cleanUp) => t.after(cleanUp), { 'changed.ts': changedAutomations })
    writeFileSync(
      path.join(changed.folder, 'adder.config.ts'),
      "export { default } from '../../cluster/project/adder.config.ts'\n",
    )
    const scene = await startAdders((cleanUp) => t.after(cleanUp), { engines: 1 })

    await assertWholeDespite(scene, async () => {
      await scene.restart(0, changed.folder)
      await scene.restart(1, changed.folder)
    })
  })
})
