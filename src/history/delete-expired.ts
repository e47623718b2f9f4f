import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

const rowsAtOnce = 500

/**
 * Deletes what is older than the given time, in small batches with pauses between, and resolves with how many rows of
 * lists are gone. Runs that have not ended stay, and their events with them.
 */
export async function deleteExpired(db: Kysely<Tables>, before: number): Promise<number> {
  const deleted = [
    await repeatedly(() => deleteDeliveries(db, before)),
    await repeatedly(() => deleteRuns(db, before)),
    await repeatedly(() => deleteEvents(db, before)),
    await repeatedly(() => deleteActions(db, before)),
    await repeatedly(() => deleteSuppressed(db, before)),
  ]
  return deleted.reduce((sum, each) => sum + each, 0)
}

async function repeatedly(deleteSome: () => Promise<number>): Promise<number> {
  let deleted = 0
  for (;;) {
    const some = await deleteSome()
    deleted += some
    if (some < rowsAtOnce) return deleted
    await setImmediate()
  }
}

async function deleteDeliveries(db: Kysely<Tables>, before: number): Promise<number> {
  const expired = await db
    .selectFrom('deliveries')
    .select('id')
    .where('received_at', '<', before)
    .limit(rowsAtOnce)
    .execute()
  const ids = expired.map(({ id }) => id)
  if (ids.length === 0) return 0
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('delivery_events').where('delivery_id', 'in', ids).execute()
    await transaction.deleteFrom('deliveries').where('id', 'in', ids).execute()
  })
  return ids.length
}

async function deleteRuns(db: Kysely<Tables>, before: number): Promise<number> {
  const expired = await db
    .selectFrom('runs')
    .select('id')
    .where('changed_at', '<', before)
    .where('ended_at', 'is not', null)
    .limit(rowsAtOnce)
    .execute()
  const ids = expired.map(({ id }) => id)
  if (ids.length === 0) return 0
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('effects').where('run_id', 'in', ids).execute()
    await transaction.deleteFrom('waits').where('run_id', 'in', ids).execute()
    await transaction.deleteFrom('runs').where('id', 'in', ids).execute()
  })
  return ids.length
}

async function deleteEvents(db: Kysely<Tables>, before: number): Promise<number> {
  const expired = await db
    .selectFrom('events')
    .select('id')
    .where('recorded_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('runs').select('runs.id').whereRef('runs.event_id', '=', 'events.id'))),
    )
    .limit(rowsAtOnce)
    .execute()
  const ids = expired.map(({ id }) => id)
  if (ids.length === 0) return 0
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('observables').where('event_id', 'in', ids).execute()
    await transaction.deleteFrom('events').where('id', 'in', ids).execute()
  })
  return ids.length
}

async function deleteActions(db: Kysely<Tables>, before: number): Promise<number> {
  const expired = await db.selectFrom('actions').select('id').where('at', '<', before).limit(rowsAtOnce).execute()
  const ids = expired.map(({ id }) => id)
  if (ids.length > 0) await db.deleteFrom('actions').where('id', 'in', ids).execute()
  return ids.length
}

async function deleteSuppressed(db: Kysely<Tables>, before: number): Promise<number> {
  const expired = await db
    .selectFrom('suppressed_events')
    .select(['event_id', 'suppression'])
    .where('at', '<', before)
    .limit(rowsAtOnce)
    .execute()
  for (const { event_id, suppression } of expired) {
    const row = db.deleteFrom('suppressed_events').where('event_id', '=', event_id)
    await row.where('suppression', '=', suppression).execute()
  }
  return expired.length
}
