import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** What the effect with this marker made, where that is recorded with its key and its page. */
export async function openedUnder(
  db: Kysely<Tables>,
  marker: string,
): Promise<{ id: string; key: string; url: string } | undefined> {
  const row = await db
    .selectFrom('effects')
    .select(['made_id as id', 'made_key as key', 'made_url as url'])
    .where('marker', '=', marker)
    .where('made_id', 'is not', null)
    .orderBy('first_at')
    .executeTakeFirst()
  const { id, key, url } = row ?? {}
  return id && key && url ? { id, key, url } : undefined
}
