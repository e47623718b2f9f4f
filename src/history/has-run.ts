import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** Whether a run of an automation of this name is recorded. */
export async function hasRun(db: Kysely<Tables>, automation: string): Promise<boolean> {
  const row = await db.selectFrom('runs').select('id').where('automation', '=', automation).limit(1).executeTakeFirst()
  return row !== undefined
}
