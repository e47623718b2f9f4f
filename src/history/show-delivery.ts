import type { Kysely } from 'kysely'
import { type RunItem, runsOfEvents } from './list-runs.ts'
import { iso, present } from './page.ts'
import type { DeliveryState, EventState, Verdict } from './records.ts'
import { actionsOn, type ShownAction } from './show-run.ts'
import type { Tables } from './tables.ts'

export interface ShownEvent {
  id: string
  kind: string
  /** What it was in this delivery. */
  state: EventState
  /** When it happened, by the sender's clock. Missing where the event itself is not recorded, such as a stale one. */
  at?: string
  ticket?: { key: string; url: string }
  /** Who told of it first: another delivery, or a run of Adder's own. */
  toldBy?: { delivery: string; receivedAt?: string } | { run: string; automation: string }
  /** What held automations off for it when it came. */
  suppressedBy: { name: string; reason: string; owner: string; until: string }[]
  /** Of the automations that listen to this kind of event, as they were when it came. */
  verdicts: Verdict[]
  runs: RunItem[]
}

export interface ShownDelivery {
  id: string
  source: string
  receivedAt: string
  state: DeliveryState
  senderId?: string
  check?: string
  reason?: string
  /** From the request's last byte to the decision. */
  ms?: number
  /** Whether it was filled in from the engine after a crash, which knows less of it. */
  isFilledIn: boolean
  /** Whether a sweep has brought it in, and no webhook. */
  isSwept: boolean
  events: ShownEvent[]
  /** The kept delivery whose content it is. */
  redelivers?: string
  /** The deliveries that its content was taken in by, later. */
  redeliveredBy: string[]
  actions: ShownAction[]
}

/** Everything about one delivery but what it said; undefined where there is none with this id. */
export async function showDelivery(db: Kysely<Tables>, id: string): Promise<ShownDelivery | undefined> {
  const row = await db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const redeliveredBy = await db
    .selectFrom('deliveries')
    .select('id')
    .where('redelivers', '=', id)
    .orderBy('received_at')
    .execute()
  return {
    ...present({
      id,
      source: row.source,
      receivedAt: iso(row.received_at),
      state: row.state,
      senderId: row.sender_id,
      check: row.failed_check,
      reason: row.reason,
      ms: row.ms,
      redelivers: row.redelivers,
    }),
    isFilledIn: row.is_filled_in === 1,
    isSwept: row.is_swept === 1,
    events: await eventsOf(db, id),
    redeliveredBy: redeliveredBy.map((each) => each.id),
    actions: await actionsOn(db, { delivery: id }),
  }
}

async function eventsOf(db: Kysely<Tables>, delivery: string): Promise<ShownEvent[]> {
  const rows = await db
    .selectFrom('delivery_events')
    .leftJoin('events', 'events.id', 'delivery_events.event_id')
    .leftJoin('deliveries as first', 'first.id', 'events.delivery_id')
    .leftJoin('effects as opening', (join) =>
      join.onRef('opening.marker', '=', 'events.opened_by').on('opening.made_key', 'is not', null),
    )
    .leftJoin('runs as opener', 'opener.id', 'opening.run_id')
    .select([
      'delivery_events.event_id as id',
      'delivery_events.kind',
      'delivery_events.state',
      'position',
      'happened_at',
      'ticket_key',
      'ticket_url',
      'verdicts',
      'events.delivery_id as toldBy',
      'first.received_at as toldAt',
      'opener.id as openerRun',
      'opener.automation as openerAutomation',
    ])
    .where('delivery_events.delivery_id', '=', delivery)
    .orderBy('position')
    .execute()
  const ids = rows.map(({ id }) => id)
  const [runs, suppressed] = await Promise.all([runsOfEvents(db, ids), suppressionsOf(db, ids)])
  // An event that several generations opened the ticket of comes once for each.
  return [...new Map(rows.map((row) => [row.position, row])).values()].map((row) => {
    const { id, kind, state, happened_at: at, ticket_key: key, ticket_url: url } = row
    return {
      ...present({ at: at === null ? null : iso(at), ticket: key === null ? null : { key, url: url ?? '' } }),
      id,
      kind,
      state,
      ...toldBy(row, delivery),
      suppressedBy: suppressed.filter(({ event_id }) => event_id === id).map(({ event_id: _, ...each }) => each),
      verdicts: row.verdicts === null ? [] : (JSON.parse(row.verdicts) as Verdict[]), // the history's own format
      runs: runs.filter(({ event }) => event.id === id),
    }
  })
}

function suppressionsOf(db: Kysely<Tables>, events: readonly string[]) {
  return db
    .selectFrom('suppressed_events')
    .select(['event_id', 'suppression as name', 'reason', 'owner', 'until'])
    .where('event_id', 'in', events)
    .orderBy('suppression')
    .execute()
}

interface FirstTelling {
  toldBy: string | null
  toldAt: number | null
  openerRun: string | null
  openerAutomation: string | null
}

function toldBy({ toldBy: first, toldAt, openerRun, openerAutomation }: FirstTelling, delivery: string) {
  if (first === delivery) return {}
  if (first !== null) return { toldBy: { delivery: first, ...(toldAt === null ? {} : { receivedAt: iso(toldAt) }) } }
  if (openerRun === null || openerAutomation === null) return {}
  return { toldBy: { run: openerRun, automation: openerAutomation } }
}
