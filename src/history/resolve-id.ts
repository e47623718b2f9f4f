import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export type ResolvedId = { kind: 'one'; id: string } | { kind: 'none' } | { kind: 'several' }

/** The id of a run or a delivery that begins with these characters. */
export async function resolveId(db: Kysely<Tables>, table: 'deliveries' | 'runs', start: string): Promise<ResolvedId> {
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where('id', '>=', start)
    // The highest character that an id has is "z".
    .where('id', '<', `${start}{`)
    .orderBy('id')
    .limit(2)
    .execute()
  const [first] = rows
  if (first === undefined) return { kind: 'none' }
  return first.id === start || rows.length === 1 ? { kind: 'one', id: first.id } : { kind: 'several' }
}
