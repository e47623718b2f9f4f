import type { Kysely } from 'kysely'
import { iso, newestFirst, type Page, type PageOptions, pageOf, present } from './page.ts'
import type { DeliveryState } from './records.ts'
import type { Tables } from './tables.ts'

export interface DeliveryFilter extends PageOptions {
  state?: DeliveryState | undefined
  source?: string | undefined
  /** Received at this time or later, in milliseconds since 1970. */
  since?: number | undefined
}

export interface DeliveryItem {
  id: string
  source: string
  receivedAt: string
  state: DeliveryState
  /** The sender's name for it. */
  senderId?: string
  check?: string
  /** How many events it carried. */
  events: number
  /** The kind of the first of them. */
  kind?: string
  /** Whether a sweep has brought it in, and no webhook. */
  isSwept: boolean
}

/** The deliveries, newest first. */
export async function listDeliveries(db: Kysely<Tables>, filter: DeliveryFilter): Promise<Page<DeliveryItem>> {
  const { state, source, since, limit } = filter
  let query = db
    .selectFrom('deliveries')
    .select(['id', 'source', 'received_at', 'state', 'sender_id', 'failed_check', 'event_count', 'kind', 'is_swept'])
  if (state !== undefined) query = query.where('state', '=', state)
  if (source !== undefined) query = query.where('source', '=', source)
  if (since !== undefined) query = query.where('received_at', '>=', since)
  const rows = await newestFirst(query, { at: 'received_at', id: 'id' }, filter).execute()
  return pageOf(rows, {
    limit,
    item: (row) => ({
      isSwept: row.is_swept === 1,
      ...present({
        id: row.id,
        source: row.source,
        receivedAt: iso(row.received_at),
        state: row.state,
        senderId: row.sender_id,
        check: row.failed_check,
        events: row.event_count,
        kind: row.kind,
      }),
    }),
    cursor: ({ received_at, id }) => ({ at: received_at, id }),
  })
}
