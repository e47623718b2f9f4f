import type { Kysely } from 'kysely'
import { iso } from './page.ts'
import type { Tables } from './tables.ts'

export interface SuppressedCount {
  name: string
  /** As it was for the last of its events. */
  reason: string
  owner: string
  until: string
  /** How many events it has held off, as far as the history goes back. */
  events: number
  lastAt: string
}

/** How many events each suppression has held off, the latest first. */
export async function countSuppressed(db: Kysely<Tables>): Promise<SuppressedCount[]> {
  const rows = await db
    .selectFrom('suppressed_events')
    .select(({ fn }) => ['suppression', fn.countAll<number>().as('events'), fn.max('at').as('last_at')])
    .groupBy('suppression')
    .orderBy('last_at', 'desc')
    .execute()
  const counts = rows.map(async ({ suppression, events, last_at }) => {
    const { reason, owner, until } = await db
      .selectFrom('suppressed_events')
      .select(['reason', 'owner', 'until'])
      .where('suppression', '=', suppression)
      .orderBy('at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    return { name: suppression, reason, owner, until, events: Number(events), lastAt: iso(Number(last_at)) }
  })
  return Promise.all(counts)
}
