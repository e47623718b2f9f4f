import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { LRUCache } from 'lru-cache'

/** Most statements are the same few; those whose text is not, such as insertions of many rows, push each other out. */
const keptStatements = 100

/**
 * Node's own SQLite, as Kysely's SQLite dialect calls it (https://nodejs.org/api/sqlite.html). Kysely builds every
 * statement's parameters from the column types, which are texts, numbers and null.
 */
export function sqliteDatabase(database: DatabaseSync): SqliteDatabase {
  const kept = new LRUCache<string, SqliteStatement>({ max: keptStatements })
  return {
    close: () => database.close(),
    prepare(asked) {
      // On a full disk SQLite has rolled back by itself, and to say so would hide why.
      const sql = asked === 'rollback' && !database.isTransaction ? 'SELECT NULL' : asked
      const present = kept.get(sql)
      if (present !== undefined) return present
      const statement = database.prepare(sql)
      const prepared: SqliteStatement = {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      }
      kept.set(sql, prepared)
      return prepared
    },
  }
}

function values(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[] // see above
}
