import { type Kysely, sql } from 'kysely'
import { cut } from './cut.ts'
import { iso, present } from './page.ts'
import type { Tables } from './tables.ts'

const name = 'records'
const maxCounted = 10_000

/** How the sending of records goes, whichever Adder does it. */
export interface RecordSendingState {
  /** How many wait, at most 10,000. */
  waiting: number
  /** When what waits longest ended or came. */
  oldestAt?: string
  /** When the last ones were taken. */
  sentAt?: string
  /** Why they are not taken now. */
  fault?: { code: string; reason: string; since: string }
}

/**
 * Whether this Adder is the one that sends for so long; for more, it takes its turn again meanwhile. Another one may when
 * this one has left its turn, or let it run out. Each goes by its own clock: where two differ by more than the turn's
 * length, both may send, and records come twice.
 */
export async function takeTurn(
  db: Kysely<Tables>,
  { holder, now, forMs }: { holder: string; now: number; forMs: number },
): Promise<boolean> {
  await db
    .insertInto('record_sending')
    .values({ name, holder: '', held_until: 0, sent_at: null, code: null, reason: null, failing_since: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { numUpdatedRows } = await db
    .updateTable('record_sending')
    .set({ holder, held_until: now + forMs })
    .where('name', '=', name)
    .where(({ or, eb }) => or([eb('holder', '=', holder), eb('held_until', '<', now)]))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Another Adder may send at once. */
export async function leaveTurn(db: Kysely<Tables>, holder: string): Promise<void> {
  await db.updateTable('record_sending').set({ holder: '', held_until: 0 }).where('holder', '=', holder).execute()
}

/** Records were taken at a time, so nothing is wrong any more. */
export async function noteSent(db: Kysely<Tables>, at: number): Promise<void> {
  await db
    .updateTable('record_sending')
    .set({ sent_at: at, code: null, reason: null, failing_since: null })
    .where('name', '=', name)
    .execute()
}

/** Records are not taken, for this reason; it may be another one than before. */
export async function noteNotSent(
  db: Kysely<Tables>,
  { code, reason, at }: { code: string; reason: string; at: number },
): Promise<void> {
  await db
    .updateTable('record_sending')
    .set({ code, reason: cut(reason) ?? '', failing_since: sql`coalesce(failing_since, ${at})` })
    .where('name', '=', name)
    .execute()
}

export async function recordSendingState(db: Kysely<Tables>): Promise<RecordSendingState> {
  const row = await db.selectFrom('record_sending').selectAll().where('name', '=', name).executeTakeFirst()
  const some = db.selectFrom('unsent_records').select('at').orderBy('at').limit(maxCounted).as('some')
  const { waiting, oldest } = await db
    .selectFrom(some)
    .select(({ fn }) => [fn.countAll<number>().as('waiting'), fn.min('some.at').as('oldest')])
    .executeTakeFirstOrThrow()
  const { sent_at: sent = null, code = null, reason, failing_since: since = null } = row ?? {}
  return {
    waiting: Number(waiting),
    ...present({
      oldestAt: oldest === null ? null : iso(Number(oldest)),
      sentAt: sent === null ? null : iso(sent),
      fault: code === null || since === null ? null : { code, reason: reason ?? '', since: iso(since) },
    }),
  }
}
