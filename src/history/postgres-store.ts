import { HandleEmptyInListsPlugin, Kysely, PostgresDialect, replaceWithNoncontingentExpression } from 'kysely'
import type { Secret } from '../secrets/secret.ts'
import { HistoryUnusable } from './history-errors.ts'
import type { HistoryStore, OpenedHistory } from './history-store.ts'
import { migrate } from './migrate.ts'
import { explainPostgres, needsMending, postgresFault } from './postgres-fault.ts'
import { postgresPool } from './postgres-pool.ts'
import type { Tables } from './tables.ts'

const maxConnections = 8
const connectWithinMs = 5000
/** How long a connection that nobody needs is kept: making one costs more than many questions. */
const idleMs = 5 * 60_000
/** The server ends a statement after so long, in milliseconds. */
const statementMs = 30_000
/** Longer than the server's, so that this one ends only what the server says nothing to any more. */
const answerMs = 35_000
/** PostgreSQL's number of its type bigint (https://www.postgresql.org/docs/current/catalog-pg-type.html). */
const bigint = 20

/**
 * A history in a database of PostgreSQL, which several Adders may share.
 *
 * @param url `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` for TLS. The database has to be
 *   there, and the user be allowed to make tables in it.
 */
export function postgresStore(url: Secret): HistoryStore {
  const name = shownUrl(url)
  return { name, open, fault: postgresFault, explain: explainPostgres }

  async function open(): Promise<OpenedHistory> {
    let db: Kysely<Tables> | undefined
    try {
      db = await connect(url)
      await migrate(db, name)
      return { db }
    } catch (error) {
      await db?.destroy()
      throw needsMending(error) ? new HistoryUnusable(name, { cause: error, reason: explainPostgres(error) }) : error
    }
  }
}

async function connect(url: Secret): Promise<Kysely<Tables>> {
  // Loaded here, so that whoever has a file does not pay for it.
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    application_name: 'adder',
    max: maxConnections,
    connectionTimeoutMillis: connectWithinMs,
    idleTimeoutMillis: idleMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    keepAlive: true,
    types: {
      // Times in milliseconds and counts are far below 2^53.
      getTypeParser: (type, format) => (type === bigint ? Number : pg.types.getTypeParser(type, format)),
    },
  })
  // A connection that ends while nobody asks is no news, and must not end Adder; whoever asks next is told.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  // An empty list is no list for PostgreSQL; for SQLite, nothing is in it.
  const emptyLists = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: postgresPool(pool) }), plugins: [emptyLists] })
}

/** The server and the database, without user and password. From then on the password alone is masked, too. */
function shownUrl(url: Secret): string {
  const { protocol, host, pathname, password } = new URL(url.reveal())
  if (password !== '') url.derive(() => decodeURIComponent(password))
  return `${protocol}//${host}${pathname}`
}
