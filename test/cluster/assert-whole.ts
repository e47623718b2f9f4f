import assert from 'node:assert/strict'
import { until } from '../support/until.ts'
import { type Adders, sidsOf } from './start-adders.ts'

/** Waits until each alert has its ticket and both comments, and checks that there is nothing besides. */
export async function assertWhole({ settled }: Adders, sids: readonly string[]): Promise<void> {
  const { tickets, comments, lost, doubledTickets, doubledComments } = await settled(sids)
  assert.deepEqual({ lost, doubledTickets, doubledComments }, { lost: [], doubledTickets: [], doubledComments: [] })
  assert.deepEqual([tickets, comments], [sids.length, 2 * sids.length])
}

/** Sends alerts for a while, has something happen when the first comments are there, and checks that all is whole. */
export async function assertWholeDespite(scene: Adders, happen: () => Promise<void> | undefined): Promise<void> {
  scene.systems.jira.misbehave({ slowMs: 500 })
  const sids = sidsOf(24)
  const sending = scene.send(sids, 3)
  await until('there are comments', () => scene.comments() > 5)
  await happen()
  await sending
  await assertWhole(scene, sids)
}
