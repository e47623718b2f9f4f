import type { Kysely, Transaction } from 'kysely'
import type { Batch } from './batch.ts'
import { endedRuns } from './filled-in.ts'
import type { Row } from './new-rows.ts'
import type { Tables } from './tables.ts'

/** The runs and deliveries of a batch that need no record any more: they have had their end before. */
export interface EndedBefore {
  runs: ReadonlySet<string>
  deliveries: ReadonlySet<string>
}

/** Asked before a batch is written, because what is filled in may be known. */
export async function endedBefore(db: Transaction<Tables>, batch: Batch): Promise<EndedBefore> {
  const superseded = await supersededRuns(db, batch)
  return {
    runs: new Set([
      ...(await endedRuns(
        db,
        batch.endedRuns().map(({ id }) => id),
      )),
      ...superseded.filter(({ ended_at }) => ended_at !== null).map(({ id }) => id),
    ]),
    deliveries: await settledDeliveries(db, [...batch.deliveries.keys()]),
  }
}

/**
 * Notes what has ended in a batch as still to be sent, in the transaction that writes the end: there is never one
 * without the other. Rows, for the caller to insert.
 */
export async function newlyEnded(
  db: Transaction<Tables>,
  batch: Batch,
  before: EndedBefore,
): Promise<Row<'unsent_records'>[]> {
  const superseded = await supersededRuns(db, batch)
  const runs = [
    ...batch.endedRuns().map(({ id, endedAt }) => ({ id, at: endedAt })),
    ...superseded.flatMap(({ id, ended_at: at }) => (at === null ? [] : [{ id, at }])),
  ]
  const deliveries = [...batch.deliveries.values()].filter(({ state }) => state !== 'spooled')
  return [
    ...runs.filter(({ id }) => !before.runs.has(id)).map((run) => ({ kind: 'run' as const, ...run })),
    ...deliveries
      .filter(({ id }) => !before.deliveries.has(id))
      .map(({ id, received_at: at }) => ({ kind: 'delivery' as const, id, at })),
  ]
}

async function supersededRuns(db: Transaction<Tables>, { superseded }: Batch) {
  if (superseded.length === 0) return []
  const events = [...new Set(superseded.map(({ eventId }) => eventId))]
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'automation', 'event_id', 'generation', 'ended_at'])
    .where('event_id', 'in', events)
    .execute()
  return rows.filter((row) =>
    superseded.some(
      ({ automation, eventId, generation }) =>
        row.automation === automation && row.event_id === eventId && row.generation === generation,
    ),
  )
}

/** Which of these deliveries are recorded, and no longer in the spool. */
async function settledDeliveries(db: Kysely<Tables>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('deliveries')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '<>', 'spooled')
    .execute()
  return new Set(rows.map(({ id }) => id))
}
