import type { Kysely } from 'kysely'
import { recordedUntil } from './filled-in.ts'
import type { Tables } from './tables.ts'

/** What a history may lack, and the engine still has. */
export interface Gap {
  /** Since when, in milliseconds since 1970. */
  since: number
  /** The Adders that ended out of order and left it. */
  leftBy: readonly string[]
}

/** How often an Adder says until when it has written everything, in milliseconds. */
export const writersEveryMs = 60_000
/** One that has said nothing for so long is gone. */
const goneAfterMs = 5 * writersEveryMs
/** What a crash of the machine can cost reaches back further than the last moment that is recorded. */
const marginMs = 10 * 60 * 1000

/** Says that this Adder writes here, and has written everything that it was told until a time. */
export async function markWriter(db: Kysely<Tables>, id: string, written_until: number): Promise<void> {
  await db
    .insertInto('writers')
    .values({ id, written_until })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ written_until }))
    .execute()
}

/** These Adders have ended and left nothing to fill in. */
export async function removeWriters(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('writers').where('id', 'in', ids).execute()
}

/** What may be missing when an Adder starts: what others had not written when they ended out of order, just now too. */
export async function gapAtStart(db: Kysely<Tables>, own: string, now: number): Promise<Gap> {
  const others = await otherWriters(db, own)
  const until = others.length > 0 ? earliest(others) : await recordedUntil(db)
  return { since: until === undefined ? 0 : until - marginMs, leftBy: gone(others, now).map(({ id }) => id) }
}

/** What Adders have left that are gone since, without another one starting in their place; undefined where none is. */
export async function gapLeft(db: Kysely<Tables>, own: string, now: number): Promise<Gap | undefined> {
  const left = gone(await otherWriters(db, own), now)
  return left.length === 0 ? undefined : { since: earliest(left) - marginMs, leftBy: left.map(({ id }) => id) }
}

type Writer = Tables['writers']

function otherWriters(db: Kysely<Tables>, own: string): Promise<Writer[]> {
  return db.selectFrom('writers').selectAll().where('id', '<>', own).execute()
}

function gone(writers: readonly Writer[], now: number): Writer[] {
  return writers.filter(({ written_until }) => written_until < now - goneAfterMs)
}

function earliest(writers: readonly Writer[]): number {
  return Math.min(...writers.map(({ written_until }) => written_until))
}
