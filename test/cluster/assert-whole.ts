import assert from 'node:assert/strict'
import type { Adders } from './start-adders.ts'

/** Waits until each alert has its ticket and both comments, and checks that there is nothing besides. */
export async function assertWhole({ settled }: Adders, sids: readonly string[]): Promise<void> {
  const { tickets, comments, lost, doubledTickets, doubledComments } = await settled(sids)
  assert.deepEqual({ lost, doubledTickets, doubledComments }, { lost: [], doubledTickets: [], doubledComments: [] })
  assert.deepEqual([tickets, comments], [sids.length, 2 * sids.length])
}
