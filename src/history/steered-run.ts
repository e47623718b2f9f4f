import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** The waits of a run have ended by a person's word, and it goes on. */
export async function endWaits(db: Kysely<Tables>, run: string): Promise<void> {
  const now = Date.now()
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('waits')
      .set({ ended_at: now })
      .where('run_id', '=', run)
      .where('ended_at', 'is', null)
      .execute()
    await transaction
      .updateTable('runs')
      .set({ state: 'running', changed_at: now })
      .where('id', '=', run)
      .where('state', '=', 'waiting')
      .execute()
  })
}

/** A person has asked for the run's end; it is `cancelled` when it says so itself. */
export async function markCancelling(db: Kysely<Tables>, run: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ state: 'cancelling', changed_at: Date.now() })
    .where('id', '=', run)
    .where('ended_at', 'is', null)
    .execute()
}
