import type { Kysely } from 'kysely'
import { runItem, runs } from './list-runs.ts'
import { iso, present } from './page.ts'
import { effectsOf } from './show-run.ts'
import type { Tables } from './tables.ts'

/** What is told elsewhere of a run that has ended, or of a delivery. */
export interface UnsentRecord {
  kind: 'run' | 'delivery'
  id: string
  /** When the run ended or the delivery came, in milliseconds since 1970. */
  at: number
  body: Record<string, unknown>
}

/**
 * A record's size as JSON, in bytes: whatever collects logs has to take it whole, and Splunk cuts what is longer than
 * 10,000 by default (TRUNCATE in props.conf).
 */
const maxBytes = 9000
const maxTextLength = 400

/**
 * What is still to be sent, oldest first: what ended before a time, in milliseconds since 1970. A record says what the
 * history says, and so holds no payload and no secret; what does not fit is left out and counted, reasons and addresses
 * are cut to 400 characters.
 */
export async function unsentRecords(
  db: Kysely<Tables>,
  { before, limit }: { before: number; limit: number },
): Promise<UnsentRecord[]> {
  const unsent = await db
    .selectFrom('unsent_records')
    .selectAll()
    .where('at', '<', before)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute()
  const idsOf = (kind: UnsentRecord['kind']) => unsent.filter((each) => each.kind === kind).map(({ id }) => id)
  const bodies = {
    run: await runBodies(db, idsOf('run')),
    delivery: await deliveryBodies(db, idsOf('delivery')),
  }
  return unsent.flatMap(({ kind, id, at }) => {
    const body = bodies[kind].get(id)
    return body === undefined ? [] : [{ kind, id, at, body }]
  })
}

/** Whether anything is to be sent that ended before a time. */
export async function hasUnsent(db: Kysely<Tables>, before: number): Promise<boolean> {
  const first = await db.selectFrom('unsent_records').select('id').where('at', '<', before).limit(1).executeTakeFirst()
  return first !== undefined
}

/** These need not be sent any more. */
export async function removeUnsent(
  db: Kysely<Tables>,
  records: readonly Pick<UnsentRecord, 'kind' | 'id'>[],
): Promise<void> {
  for (const kind of ['run', 'delivery'] as const) {
    const ids = records.filter((each) => each.kind === kind).map(({ id }) => id)
    if (ids.length > 0) await db.deleteFrom('unsent_records').where('kind', '=', kind).where('id', 'in', ids).execute()
  }
}

/** Gives up what could not be sent since a time, and resolves with how many records that are. */
export async function expireUnsent(db: Kysely<Tables>, before: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('unsent_records').where('at', '<', before).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

async function runBodies(db: Kysely<Tables>, ids: readonly string[]): Promise<Map<string, Record<string, unknown>>> {
  if (ids.length === 0) return new Map()
  const rows = await runs(db)
    .select(['code', 'events.source', 'events.happened_at', 'events.delivery_id'])
    .where('runs.id', 'in', ids)
    .execute()
  const effects = await effectsOf(db, ids)
  return new Map(
    rows.map((row) => {
      const { id, event, changedAt: _, ...run } = runItem(row)
      const about = {
        run: id,
        ...run,
        ...present({
          ms: row.ended_at === null ? null : row.ended_at - row.started_at,
          code: row.code,
          delivery: row.delivery_id,
        }),
        event: {
          ...event,
          ...present({ source: row.source, at: row.happened_at === null ? null : iso(row.happened_at) }),
        },
      }
      return [id, fitting(about, 'effects', effects.get(id) ?? [])]
    }),
  )
}

async function deliveryBodies(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Map<string, Record<string, unknown>>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('deliveries').selectAll().where('id', 'in', ids).execute()
  const events = await db
    .selectFrom('delivery_events')
    .select(['delivery_id', 'event_id as id', 'kind', 'state'])
    .where('delivery_id', 'in', ids)
    .orderBy('position')
    .execute()
  return new Map(
    rows.map((row) => {
      const about = present({
        delivery: row.id,
        source: row.source,
        state: row.state,
        receivedAt: iso(row.received_at),
        senderId: row.sender_id,
        check: row.failed_check,
        reason: row.reason,
        ms: row.ms,
        redelivers: row.redelivers,
        isSwept: row.is_swept === 1,
      })
      const its = events.filter(({ delivery_id }) => delivery_id === row.id)
      return [
        row.id,
        fitting(
          about,
          'events',
          its.map(({ id, kind, state }) => ({ id, kind, state })),
        ),
      ]
    }),
  )
}

/** What is said, and as much of a list as there is room for. */
function fitting(about: object, name: string, items: readonly unknown[]): Record<string, unknown> {
  const body = cutTexts(about)
  let room = maxBytes - sizeOf(body) - 100
  const fit = items.map(cutTexts).filter((item) => {
    const size = sizeOf(item) + 1
    if (size <= room) room -= size
    else room = 0
    return room > 0
  })
  const leftOut = items.length - fit.length
  return { ...body, [name]: fit, ...(leftOut === 0 ? {} : { [`${name}LeftOut`]: leftOut }) }
}

function cutTexts<T>(value: T): T {
  const said = (_: string, each: unknown): unknown =>
    typeof each === 'string' && each.length > maxTextLength ? `${each.slice(0, maxTextLength - 1)}…` : each
  return JSON.parse(JSON.stringify(value, said)) as T // the same, but for the ends of long texts
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
