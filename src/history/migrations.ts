import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * How the schema came about, by number. What has been released is never changed: a change is a further number, and
 * an Adder opens what any earlier one has left.
 */
export const migrations: Record<string, Migration> = {
  '0001': { up: first },
  '0002': { up: moreOfEffectsAndTickets },
  '0003': { up: suppressedEvents },
  '0004': { up: writers },
  '0005': { up: listsWithTwoFilters },
  '0006': { up: sweptDeliveries },
  '0007': { up: recordsToSend },
}

async function first(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  const text = textOf(db)
  await schema
    .createTable('deliveries')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('sender_id', text)
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('failed_check', text)
    .addColumn('reason', text)
    .addColumn('ms', 'double precision')
    .addColumn('event_count', 'integer', (column) => column.notNull())
    .addColumn('kind', text)
    .addColumn('redelivers', text)
    .addColumn('is_filled_in', 'integer', (column) => column.notNull())
    .execute()
  await index(db, 'deliveries', ['received_at', 'id'])
  await index(db, 'deliveries', ['state', 'received_at', 'id'])
  await index(db, 'deliveries', ['source', 'received_at', 'id'])
  await index(db, 'deliveries', ['redelivers'], { isSparse: true })

  await schema
    .createTable('delivery_events')
    .addColumn('delivery_id', text, (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('event_id', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('delivery_events_key', ['delivery_id', 'position'])
    .execute()
  await index(db, 'delivery_events', ['event_id'])

  await schema
    .createTable('events')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('happened_at', 'bigint', (column) => column.notNull())
    .addColumn('recorded_at', 'bigint', (column) => column.notNull())
    .addColumn('delivery_id', text)
    .addColumn('ticket_id', text)
    .addColumn('ticket_key', text)
    .addColumn('ticket_url', text)
    .addColumn('opened_by', text)
    .addColumn('verdicts', text, (column) => column.notNull())
    .execute()
  await index(db, 'events', ['recorded_at'])
  await index(db, 'events', ['ticket_key'], { isSparse: true })
  await index(db, 'events', ['opened_by'], { isSparse: true })

  await schema
    .createTable('observables')
    .addColumn('event_id', text, (column) => column.notNull())
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('written', text, (column) => column.notNull())
    .addColumn('recorded_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('observables_key', ['event_id', 'kind', 'value'])
    .execute()
  await index(db, 'observables', ['value', 'recorded_at', 'event_id'])

  await schema
    .createTable('runs')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('automation', text, (column) => column.notNull())
    .addColumn('event_id', text, (column) => column.notNull())
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('code', text)
    .addColumn('reason', text)
    .addColumn('trouble_step', text)
    .addColumn('trouble_code', text)
    .addColumn('trouble_reason', text)
    .addColumn('trouble_at', 'bigint')
    .execute()
  await index(db, 'runs', ['started_at', 'id'])
  await index(db, 'runs', ['state', 'started_at', 'id'])
  await index(db, 'runs', ['automation', 'started_at', 'id'])
  await index(db, 'runs', ['changed_at', 'id'])
  await index(db, 'runs', ['event_id'])

  await schema
    .createTable('effects')
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('marker', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('once', text)
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('code', text)
    .addColumn('reason', text)
    .addColumn('made_id', text)
    .addColumn('made_key', text)
    .addColumn('made_url', text)
    .addPrimaryKeyConstraint('effects_key', ['run_id', 'marker'])
    .execute()
  await index(db, 'effects', ['marker'])

  await schema
    .createTable('waits')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('step', text, (column) => column.notNull())
    .addColumn('code', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute()
  await index(db, 'waits', ['run_id'])

  await schema
    .createTable('actions')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('caller', text, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('run_id', text)
    .addColumn('delivery_id', text)
    .execute()
  await index(db, 'actions', ['run_id'])
  await index(db, 'actions', ['delivery_id'])
  await index(db, 'actions', ['at'])
}

async function moreOfEffectsAndTickets(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('effects').addColumn('about_key', textOf(db)).execute()
  await db.schema.alterTable('effects').addColumn('about_url', textOf(db)).execute()
  await index(db, 'events', ['ticket_id', 'happened_at'], { isSparse: true })
  await sql`update effects set state = 'intended' where state = 'trying'`.execute(db)
  await sql`update effects set state = 'found' where state = 'found again'`.execute(db)
}

async function suppressedEvents(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db)
  await db.schema
    .createTable('suppressed_events')
    .addColumn('event_id', text, (column) => column.notNull())
    .addColumn('suppression', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('owner', text, (column) => column.notNull())
    .addColumn('until', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('suppressed_events_key', ['event_id', 'suppression'])
    .execute()
  await index(db, 'suppressed_events', ['suppression', 'at'])
  await index(db, 'suppressed_events', ['at'])
}

async function writers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('writers')
    .addColumn('id', textOf(db), (column) => column.primaryKey())
    .addColumn('written_until', 'bigint', (column) => column.notNull())
    .execute()
}

/** So that a list by both reads no more than its page, also where one is common and both together are rare. */
async function listsWithTwoFilters(db: Kysely<unknown>): Promise<void> {
  await index(db, 'deliveries', ['source', 'state', 'received_at', 'id'])
  await index(db, 'runs', ['automation', 'state', 'started_at', 'id'])
}

async function sweptDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('deliveries')
    .addColumn('is_swept', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
}

async function recordsToSend(db: Kysely<unknown>): Promise<void> {
  const text = textOf(db)
  await db.schema
    .createTable('unsent_records')
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('unsent_records_key', ['kind', 'id'])
    .execute()
  await index(db, 'unsent_records', ['at', 'id'])
  await db.schema
    .createTable('record_sending')
    .addColumn('name', text, (column) => column.primaryKey())
    .addColumn('holder', text, (column) => column.notNull())
    .addColumn('held_until', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('code', text)
    .addColumn('reason', text)
    .addColumn('failing_since', 'bigint')
    .execute()
}

/**
 * The type of every text. PostgreSQL compares texts in the order of the database's language where it is not told
 * otherwise; ids have to be compared byte by byte, as SQLite does, so that the beginning of one is a range of them.
 */
function textOf(db: Kysely<unknown>) {
  return db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text'
}

/** Every index costs each write. A sparse one has only the rows that have a value in its first column. */
async function index(
  db: Kysely<unknown>,
  table: string,
  columns: [string, ...string[]],
  { isSparse = false } = {},
): Promise<void> {
  const [first] = columns
  const made = db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns(columns)
  await (isSparse ? made.where(sql.ref(first), 'is not', null) : made).execute()
}
