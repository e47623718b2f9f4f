import { type Kysely, sql } from 'kysely'
import { type Cursor, iso, newestFirst, type Page, type PageOptions, pageOf, present } from './page.ts'
import { presentTicket } from './present-ticket.ts'
import type { RunState } from './records.ts'
import type { Tables } from './tables.ts'

export interface RunFilter extends PageOptions {
  state?: RunState | undefined
  automation?: string | undefined
  /** Started at this time or later, in milliseconds since 1970. */
  since?: number | undefined
}

export interface RunItem {
  id: string
  automation: string
  /** 0 for the first, and one more for each re-run. */
  generation: number
  state: RunState
  startedAt: string
  /** When something last happened in it. */
  changedAt: string
  endedAt?: string
  event: { id: string; kind?: string }
  /** The ticket that it is about, or has opened. */
  ticket?: { key: string; url?: string }
  /** Why it failed. */
  reason?: string
  /** The last attempt of a step that came to nothing. */
  trouble?: { step: string; reason: string; at: string }
}

/** The runs, those that started last first. */
export async function listRuns(db: Kysely<Tables>, filter: RunFilter): Promise<Page<RunItem>> {
  const { state, automation, since, limit } = filter
  let query = runs(db)
  if (state !== undefined) query = query.where('runs.state', '=', state)
  if (automation !== undefined) query = query.where('automation', '=', automation)
  if (since !== undefined) query = query.where('started_at', '>=', since)
  const rows = await newestFirst(query, { at: 'started_at', id: 'runs.id' }, filter).execute()
  return pageOf(rows, { limit, item: runItem, cursor: ({ started_at: at, id }) => ({ at, id }) })
}

/** The runs in which something happened after a place in time, in the order in which it did. */
export async function changedRuns(db: Kysely<Tables>, { after, limit }: { after: Cursor; limit: number }) {
  const rows = await runs(db)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('changed_at', 'runs.id'), '>', tuple(after.at, after.id)))
    .orderBy('changed_at')
    .orderBy('runs.id')
    .limit(limit)
    .execute()
  const last = rows.at(-1)
  return { items: rows.map(runItem), next: last === undefined ? after : { at: last.changed_at, id: last.id } }
}

/** The runs of these events, the first of each event first. */
export async function runsOfEvents(db: Kysely<Tables>, events: readonly string[]): Promise<RunItem[]> {
  if (events.length === 0) return []
  const rows = await runs(db).where('event_id', 'in', events).orderBy('started_at').orderBy('runs.id').execute()
  return rows.map(runItem)
}

export async function findRun(db: Kysely<Tables>, id: string): Promise<RunItem | undefined> {
  const row = await runs(db).where('runs.id', '=', id).executeTakeFirst()
  return row && runItem(row)
}

/** The query for runs, with what `runItem` says of each. */
export function runs(db: Kysely<Tables>) {
  return db
    .selectFrom('runs')
    .leftJoin('events', 'events.id', 'runs.event_id')
    .select([
      'runs.id',
      'automation',
      'generation',
      'runs.state',
      'started_at',
      'changed_at',
      'ended_at',
      'event_id',
      'kind',
      'reason',
      'trouble_step',
      'trouble_reason',
      'trouble_at',
      presentTicket('ticket_key', ofEvent).as('ticket_key'),
      presentTicket('ticket_url', ofEvent).as('ticket_url'),
    ])
    .select((eb) => [
      opened(eb.selectFrom('effects').select(openedTicket('ticket_key', 'made_key'))).as('opened_key'),
      opened(eb.selectFrom('effects').select(openedTicket('ticket_url', 'made_url'))).as('opened_url'),
    ])

  /** Of what the run has made, the first thing that people have a name for is its ticket. */
  function opened<Q extends { where(expression: unknown): Q; orderBy(column: 'first_at'): Q; limit(rows: number): Q }>(
    query: Q,
  ): Q {
    return query.where(sql`effects.run_id = runs.id and effects.made_key is not null`).orderBy('first_at').limit(1)
  }
}

const ofEvent = sql<string | null>`events.ticket_id`
const ofOpening = sql<string | null>`(select ticket_id from events where opened_by = effects.marker limit 1)`

/** As the ticket is called today; as the effect made it, where no event has told of it. */
function openedTicket(column: 'ticket_key' | 'ticket_url', made: 'made_key' | 'made_url') {
  return sql<string | null>`coalesce(${presentTicket(column, ofOpening)}, ${sql.ref(made)})`.as(made)
}

interface RunRow {
  id: string
  automation: string
  generation: number
  state: RunState
  started_at: number
  changed_at: number
  ended_at: number | null
  event_id: string
  kind: string | null
  reason: string | null
  trouble_step: string | null
  trouble_reason: string | null
  trouble_at: number | null
  ticket_key: string | null
  ticket_url: string | null
  opened_key: string | null
  opened_url: string | null
}

export function runItem(row: RunRow): RunItem {
  const { trouble_step: step, trouble_reason: reason, trouble_at: at } = row
  const [key, url] = row.ticket_key === null ? [row.opened_key, row.opened_url] : [row.ticket_key, row.ticket_url]
  return present({
    id: row.id,
    automation: row.automation,
    generation: row.generation,
    state: row.state,
    startedAt: iso(row.started_at),
    changedAt: iso(row.changed_at),
    endedAt: row.ended_at === null ? null : iso(row.ended_at),
    event: present({ id: row.event_id, kind: row.kind }),
    ticket: key === null ? null : present({ key, url }),
    reason: row.reason,
    trouble: step === null || at === null ? null : { step, reason: reason ?? '', at: iso(at) },
  })
}
