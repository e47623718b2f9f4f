import { type Kysely, sql } from 'kysely'
import { type RunItem, runsOfEvents } from './list-runs.ts'
import { normaliseValue } from './normalise-value.ts'
import type { Cursor, Page, PageOptions } from './page.ts'
import { iso, newestFirst, pageOf } from './page.ts'
import { presentTicket } from './present-ticket.ts'
import type { DeliveryState } from './records.ts'
import type { Tables } from './tables.ts'

/** An event that the value stands in, and what came of it. */
export interface Finding {
  event: { id: string; kind: string; source: string; at: string }
  /** Where the value stands in the event: which kinds of observable it is, or that it is the key of its ticket. */
  as: { kind: string; written: string }[]
  /** The five newest deliveries of the event. */
  deliveries: { id: string; receivedAt: string; state: DeliveryState }[]
  runs: RunItem[]
  /** The tickets that the event is about, or that its runs have opened. */
  tickets: { key: string; url?: string }[]
}

const deliveriesShown = 5

/**
 * The events that a value stands in, newest first: a user, a hash, an address, or a key that a ticket has or had. Values are
 * compared as `normaliseValue` makes them.
 */
export async function findValue(db: Kysely<Tables>, value: string, page: PageOptions): Promise<Page<Finding>> {
  const normalised = normaliseValue(value)
  // Each reads no more of its index than the page needs, however many events have the value.
  const found = await Promise.all([eventsWith(db, normalised, page), eventsAbout(db, value.trim().toUpperCase(), page)])
  const each = [...new Map(found.flat().map((row) => [row.id, row])).values()]
  const { items, next } = pageOf<Cursor, Cursor>(each.sort(newest), {
    limit: page.limit,
    item: (row) => row,
    cursor: (row) => row,
  })
  const findings = await describe(
    db,
    items.map(({ id }) => id),
    normalised,
  )
  return { items: findings, ...(next === undefined ? {} : { next }) }
}

function eventsWith(db: Kysely<Tables>, value: string, page: PageOptions): Promise<Cursor[]> {
  const query = db
    .selectFrom('observables')
    .select(['event_id as id', 'recorded_at as at'])
    .distinct()
    .where('value', '=', value)
  return newestFirst(query, { at: 'recorded_at', id: 'event_id' }, page).execute()
}

/** The events about the tickets that have this key, or had it before they were moved. */
function eventsAbout(db: Kysely<Tables>, key: string, page: PageOptions): Promise<Cursor[]> {
  const called = db
    .selectFrom('events')
    .select('ticket_id')
    .where('ticket_key', '=', key)
    .where('ticket_id', 'is not', null)
  const query = db.selectFrom('events').select(['id', 'recorded_at as at']).where('ticket_id', 'in', called)
  return newestFirst(query, { at: 'recorded_at', id: 'id' }, page).execute()
}

/** Ids are ASCII, and compared byte by byte as the databases do. */
function newest(a: Cursor, b: Cursor): number {
  return b.at - a.at || (a.id < b.id ? 1 : -1)
}

const ticketId = sql<string | null>`events.ticket_id`

async function describe(db: Kysely<Tables>, ids: readonly string[], normalised: string): Promise<Finding[]> {
  if (ids.length === 0) return []
  const [events, observables, deliveries, runs] = await Promise.all([
    db
      .selectFrom('events')
      .select(['id', 'kind', 'source', 'happened_at'])
      .select([
        presentTicket('ticket_key', ticketId).as('ticket_key'),
        presentTicket('ticket_url', ticketId).as('ticket_url'),
      ])
      .where('id', 'in', ids)
      .execute(),
    db.selectFrom('observables').selectAll().where('event_id', 'in', ids).where('value', '=', normalised).execute(),
    newestDeliveries(db, ids),
    runsOfEvents(db, ids),
  ])
  return ids.flatMap((id): Finding[] => {
    const event = events.find((each) => each.id === id)
    if (event === undefined) return []
    const ownRuns = runs.filter((run) => run.event.id === id)
    const found = observables.filter((each) => each.event_id === id)
    return [
      {
        event: { id, kind: event.kind, source: event.source, at: iso(event.happened_at) },
        as:
          found.length > 0
            ? found.map(({ kind, written }) => ({ kind, written }))
            : [{ kind: 'ticket', written: event.ticket_key ?? '' }],
        deliveries: deliveries
          .filter((each) => each.event_id === id)
          .map((each) => ({ id: each.id, receivedAt: iso(each.received_at), state: each.state })),
        runs: ownRuns,
        tickets: ticketsOf(event, ownRuns),
      },
    ]
  })
}

function newestDeliveries(db: Kysely<Tables>, events: readonly string[]) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('delivery_events')
        .innerJoin('deliveries', 'deliveries.id', 'delivery_events.delivery_id')
        .select((row) => [
          'event_id',
          'deliveries.id',
          'received_at',
          'deliveries.state',
          row.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('event_id').orderBy('received_at', 'desc'))
            .as('nth'),
        ])
        .where('event_id', 'in', events)
        .as('numbered'),
    )
    .select(['event_id', 'id', 'received_at', 'state'])
    .where('nth', '<=', deliveriesShown)
    .orderBy('received_at', 'desc')
    .execute()
}

function ticketsOf(
  { ticket_key, ticket_url }: { ticket_key: string | null; ticket_url: string | null },
  runs: readonly RunItem[],
): Finding['tickets'] {
  const own = ticket_key === null ? [] : [{ key: ticket_key, ...(ticket_url === null ? {} : { url: ticket_url }) }]
  const all = [...own, ...runs.flatMap(({ ticket }) => (ticket === undefined ? [] : [ticket]))]
  return [...new Map(all.map((ticket) => [ticket.key, ticket])).values()]
}
