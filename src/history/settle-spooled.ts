import type { Transaction } from 'kysely'
import type { Batch } from './batch.ts'
import type { Tables } from './tables.ts'

/** Deliveries that are recorded as spooled, and whose end the batch tells: they and their events get it. */
export async function settleSpooled(db: Transaction<Tables>, batch: Batch): Promise<void> {
  const ids = [...batch.deliveries.keys()]
  if (ids.length === 0) return
  const spooled = await db
    .selectFrom('deliveries')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'spooled')
    .execute()
  const settled = new Set(spooled.map(({ id }) => id))
  for (const id of settled) {
    const { state, ms } = batch.deliveries.get(id) ?? {}
    if (state !== undefined) await db.updateTable('deliveries').set({ state, ms }).where('id', '=', id).execute()
  }
  for (const { delivery_id, event_id, state } of batch.deliveryEvents.values()) {
    if (!settled.has(delivery_id)) continue
    await db
      .updateTable('delivery_events')
      .set({ state })
      .where('delivery_id', '=', delivery_id)
      .where('event_id', '=', event_id)
      .execute()
  }
}

/**
 * A delivery that was handed over twice, because a crash or a lost answer came in between, is a duplicate of itself for
 * the engine: it was accepted.
 */
export async function recogniseOwn(db: Transaction<Tables>, batch: Batch): Promise<void> {
  const ids = [...batch.deliveries.values()].filter(({ state }) => state === 'duplicate').map(({ id }) => id)
  if (ids.length === 0) return
  await db
    .updateTable('delivery_events')
    .set({ state: 'accepted' })
    .where('delivery_id', 'in', ids)
    .where('state', '=', 'duplicate')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('events')
          .select('events.id')
          .whereRef('events.id', '=', 'delivery_events.event_id')
          .whereRef('events.delivery_id', '=', 'delivery_events.delivery_id'),
      ),
    )
    .execute()
  await db
    .updateTable('deliveries')
    .set({ state: 'accepted' })
    .where('id', 'in', ids)
    .where('state', '=', 'duplicate')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('delivery_events')
          .select('event_id')
          .whereRef('delivery_events.delivery_id', '=', 'deliveries.id')
          .where('delivery_events.state', '=', 'accepted'),
      ),
    )
    .execute()
}
