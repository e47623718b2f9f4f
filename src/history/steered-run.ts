import { type Kysely, sql, type Transaction } from 'kysely'
import { pausedCode } from './batch.ts'
import type { Tables } from './tables.ts'

/** The waits of a run for a person have ended by that person's word. */
export async function endWaits(db: Kysely<Tables>, run: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('waits')
      .set({ ended_at: Date.now() })
      .where('run_id', '=', run)
      .where('code', '<>', pausedCode)
      .where('ended_at', 'is', null)
      .execute()
    await goOn(transaction, [run])
  })
}

/** Some wait of these runs has ended: each is in the state of the waits that it still has, and runs where it has none. */
export async function goOn(db: Transaction<Tables>, runs: readonly string[]): Promise<void> {
  const open = sql`select 1 from waits where waits.run_id = runs.id and waits.ended_at is null`
  await db
    .updateTable('runs')
    .set({
      state: sql`case when exists (${open} and waits.code <> ${pausedCode}) then 'waiting' when exists (${open}) then 'paused' else 'running' end`,
      changed_at: Date.now(),
    })
    .where('id', 'in', runs)
    .where('state', 'in', ['waiting', 'paused'])
    .execute()
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
