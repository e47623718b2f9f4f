import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Pool } from 'pg'
import { HistoryUnavailable } from './history-errors.ts'
import { explainPostgres, sqlState } from './postgres-fault.ts'

/**
 * A pool as Kysely's PostgreSQL dialect calls it.
 *
 * What the server itself answers is thrown as it is. Everything else means that there was no answer: it is thrown as
 * `HistoryUnavailable`, and the connection is not used again, because a late answer would be taken for that to the next
 * question.
 */
export function postgresPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch(unanswered)
      let isLost = false
      return {
        async query(text: string, parameters: readonly unknown[]) {
          if (isLost) throw new HistoryUnavailable('The connection to PostgreSQL is lost')
          try {
            return await client.query(text, parameters.map(storable))
          } catch (error) {
            isLost = sqlState(error) === undefined
            return unanswered(error)
          }
        },
        release: (isBroken = false) => client.release(isBroken || isLost),
      } as unknown as PostgresPoolClient // all that Kysely calls, unless it is given a driver of cursors
    },
  }
}

/** PostgreSQL has no text with a NUL in it; SQLite has. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value
}

function unanswered(error: unknown): never {
  if (sqlState(error) !== undefined) throw error
  throw new HistoryUnavailable(explainPostgres(error), { cause: error })
}
