import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** The last moment that anything is recorded of, in milliseconds since 1970; undefined in an empty history. */
export async function recordedUntil(db: Kysely<Tables>): Promise<number | undefined> {
  const run = await db.selectFrom('runs').select('changed_at').orderBy('changed_at', 'desc').limit(1).executeTakeFirst()
  return run?.changed_at
}

/** Which of these runs are recorded with their ends. */
export async function endedRuns(db: Kysely<Tables>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('id', 'in', ids)
    .where('ended_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Which of these deliveries are recorded. */
export async function knownDeliveries(db: Kysely<Tables>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db.selectFrom('deliveries').select('id').where('id', 'in', ids).execute()
  return new Set(rows.map(({ id }) => id))
}
