import { setImmediate } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Batch } from './batch.ts'
import { endedBefore, newlyEnded } from './keep-unsent.ts'
import type { Row } from './new-rows.ts'
import { recogniseOwn, settleSpooled } from './settle-spooled.ts'
import { goOn } from './steered-run.ts'
import type { Tables } from './tables.ts'

/** Databases limit the parameters of a statement; the widest row has 15. */
const maxRows = 500

export interface WriteOptions {
  /** The batch tells of the past: what is known of an effect or a delivery is kept as it is. */
  isFilling?: boolean
  /** What ends is kept as still to be sent. Default false: records go nowhere. */
  keepsUnsent?: boolean
}

/** Writes a batch in one transaction. What is known already is kept, or brought up to date. */
export async function writeBatch(
  db: Kysely<Tables>,
  batch: Batch,
  { isFilling = false, keepsUnsent = false }: WriteOptions = {},
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const before = keepsUnsent ? await endedBefore(transaction, batch) : undefined
    await settleSpooled(transaction, batch)
    await insertNew(transaction, 'deliveries', [...batch.deliveries.values()])
    if (isFilling) await fillInDeliveryEvents(transaction, batch)
    else await insertNew(transaction, 'delivery_events', [...batch.deliveryEvents.values()])
    await insertNew(transaction, 'events', [...batch.events.values()])
    await recogniseOwn(transaction, batch)
    await insertNew(transaction, 'suppressed_events', [...batch.suppressedEvents.values()])
    await insertNew(transaction, 'observables', [...batch.observables.values()])
    for await (const runs of chunks([...batch.runs.values()])) await mergeRuns(transaction, runs)
    if (isFilling) await insertNew(transaction, 'effects', [...batch.effects.values()])
    else for await (const effects of chunks([...batch.effects.values()])) await mergeEffects(transaction, effects)
    await insertNew(transaction, 'waits', [...batch.waits.values()])
    await endPauses(transaction, batch)
    await endWaits(transaction, batch)
    await endSuperseded(transaction, batch)
    if (before !== undefined)
      await insertNew(transaction, 'unsent_records', await newlyEnded(transaction, batch, before))
  })
}

/** A delivery that was recorded when it came has its events; only one that is filled in gets them here. */
async function fillInDeliveryEvents(db: Transaction<Tables>, batch: Batch): Promise<void> {
  const ids = [...batch.deliveries.keys()]
  if (ids.length === 0) return
  const filledIn = await db
    .selectFrom('deliveries')
    .select('id')
    .where('id', 'in', ids)
    .where('is_filled_in', '=', 1)
    .execute()
  const wanted = new Set(filledIn.map(({ id }) => id))
  const events = [...batch.deliveryEvents.values()].filter(({ delivery_id }) => wanted.has(delivery_id))
  await insertNew(db, 'delivery_events', events)
  for (const id of wanted) {
    await db
      .updateTable('deliveries')
      .set(({ selectFrom, fn }) => ({
        event_count: selectFrom('delivery_events')
          .select(fn.countAll<number>().as('events'))
          .where('delivery_id', '=', id),
      }))
      .where('id', '=', id)
      .execute()
  }
}

/** Writes rows whose keys are new; the others stay as they are. */
export async function insertNew<Table extends keyof Tables>(
  db: Kysely<Tables> | Transaction<Tables>,
  table: Table,
  rows: readonly Row<Table>[],
): Promise<void> {
  for await (const some of chunks(rows)) {
    // The rows are the table's own; Kysely's types can't follow a table that is a type parameter.
    const insert = db.insertInto(table as 'deliveries').values(some as unknown as Row<'deliveries'>[])
    await insert.onConflict((conflict) => conflict.doNothing()).execute()
  }
}

async function mergeRuns(db: Transaction<Tables>, rows: readonly Row<'runs'>[]): Promise<void> {
  await db
    .insertInto('runs')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        // That something happens in it does not end a wait; whatever ends one says so itself.
        // Where several Adders write, the end may be written before what came before it.
        state: sql`case when excluded.state = 'running' or (excluded.state = 'paused' and runs.state = 'waiting') or (runs.ended_at is not null and excluded.ended_at is null) then runs.state else excluded.state end`,
        started_at: sql`case when excluded.started_at < runs.started_at then excluded.started_at else runs.started_at end`,
        changed_at: sql`case when excluded.changed_at > runs.changed_at then excluded.changed_at else runs.changed_at end`,
        ended_at: newer('runs', 'ended_at'),
        code: newer('runs', 'code'),
        reason: newer('runs', 'reason'),
        trouble_step: newer('runs', 'trouble_step'),
        trouble_code: newer('runs', 'trouble_code'),
        trouble_reason: newer('runs', 'trouble_reason'),
        trouble_at: newer('runs', 'trouble_at'),
      }),
    )
    .execute()
}

async function mergeEffects(db: Transaction<Tables>, rows: readonly Row<'effects'>[]): Promise<void> {
  await db
    .insertInto('effects')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['run_id', 'marker']).doUpdateSet({
        // An attempt that only begins, or a search that found nothing, is no attempt that ended, and leaves the state as it is. What this run has made and finds
        // again after an interruption it has made.
        state: sql`case when (excluded.attempts = 0 and excluded.state = 'intended') or (effects.state = 'made' and excluded.state = 'found') then effects.state else excluded.state end`,
        attempts: sql`effects.attempts + excluded.attempts`,
        changed_at: sql`excluded.changed_at`,
        once: newer('effects', 'once'),
        code: newer('effects', 'code'),
        reason: newer('effects', 'reason'),
        made_id: newer('effects', 'made_id'),
        made_key: newer('effects', 'made_key'),
        made_url: newer('effects', 'made_url'),
        about_key: newer('effects', 'about_key'),
        about_url: newer('effects', 'about_url'),
      }),
    )
    .execute()
}

function newer<T>(table: 'runs' | 'effects', column: string) {
  return sql<T>`coalesce(${sql.ref(`excluded.${column}`)}, ${sql.ref(`${table}.${column}`)})`
}

async function endPauses(db: Transaction<Tables>, { resumed }: Batch): Promise<void> {
  for (const [id, { endedAt }] of resumed)
    await db.updateTable('waits').set({ ended_at: endedAt }).where('id', '=', id).execute()
  const runs = [...new Set([...resumed.values()].map(({ run }) => run))]
  for await (const some of chunks(runs)) await goOn(db, some)
}

async function endWaits(db: Transaction<Tables>, batch: Batch): Promise<void> {
  for await (const runs of chunks(batch.endedRuns())) {
    await db
      .updateTable('waits')
      .set({ ended_at: Math.max(...runs.map(({ endedAt }) => endedAt)) })
      .where(
        'run_id',
        'in',
        runs.map(({ id }) => id),
      )
      .where('ended_at', 'is', null)
      .execute()
  }
}

async function endSuperseded(db: Transaction<Tables>, batch: Batch): Promise<void> {
  for (const { automation, eventId, generation, at } of batch.superseded) {
    await db
      .updateTable('runs')
      .set({ state: 'superseded', ended_at: at, changed_at: at })
      .where('event_id', '=', eventId)
      .where('automation', '=', automation)
      .where('generation', '=', generation)
      .execute()
  }
}

/** A statement of so many rows holds the thread for some milliseconds; deliveries have their turn between two. */
async function* chunks<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let first = 0; first < rows.length; first += maxRows) {
    if (first > 0) await setImmediate()
    yield rows.slice(first, first + maxRows)
  }
}
