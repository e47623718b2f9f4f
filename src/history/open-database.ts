import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { HistoryTooNew, HistoryUnusable } from './history-errors.ts'
import type { OpenedHistory } from './history-store.ts'
import { migrate } from './migrate.ts'
import { sqliteDatabase } from './sqlite-database.ts'
import { sqliteFault } from './sqlite-fault.ts'
import type { Tables } from './tables.ts'

/**
 * Opens a history, made where there is none, brought to the present schema where it is older. Only its owner can read
 * it. What can't be read as a database, or is known to be damaged, is moved aside and a new one begun.
 *
 * @throws HistoryTooNew, HistoryUnusable.
 */
export async function openDatabase(file: string, { isDamaged = false } = {}): Promise<OpenedHistory> {
  try {
    if (!isDamaged) return { db: await open(file) }
  } catch (error) {
    if (sqliteFault(error) !== 'corrupt') throw error instanceof HistoryTooNew ? error : unusable(file, error)
  }
  const movedTo = moveAside(file)
  return { db: await open(file), movedTo }
}

/** Moves a damaged history and its companions to names of their own, where a person can look at them. */
function moveAside(file: string): string {
  const movedTo = `${file}.damaged-${new Date().toISOString().replaceAll(':', '-')}`
  for (const companion of ['', '-wal', '-shm']) {
    if (existsSync(file + companion)) renameSync(file + companion, movedTo + companion)
  }
  return movedTo
}

async function open(file: string): Promise<Kysely<Tables>> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  // SQLite would make it readable by others; its companions get the mode that the file has.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const database = new DatabaseSync(file, { timeout: 5000 })
  try {
    // A crash of the machine may cost the last moments, which are filled in from the engine; never the file.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768')
    // What a statement may have to undo would be a file of its own each time.
    database.exec('PRAGMA temp_store = MEMORY')
    // Pages that change often are written back once for many changes; the log stays below some 32 MB.
    database.exec('PRAGMA wal_autocheckpoint = 8000')
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqliteDatabase(database) }) })
    await migrate(db, file)
    return db
  } catch (error) {
    database.close()
    throw error
  }
}

function unusable(file: string, cause: unknown): HistoryUnusable {
  return new HistoryUnusable(file, { cause })
}
