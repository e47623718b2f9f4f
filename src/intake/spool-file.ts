import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SpoolUnusable } from './spool-errors.ts'

/** One line of the spool. */
export interface SpoolRow {
  /** Grows from row to row. */
  id: number
  text: string
}

const maxReadLength = 16 * 1024 * 1024

/** The spool's file: rows of text in the order in which they came. What `add` has returned from survives a crash. */
export class SpoolFile {
  /** Where the file that was there has been moved to, because it is damaged. */
  readonly movedTo: string | undefined
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #select: StatementSync
  readonly #delete: StatementSync

  /**
   * Opens the file, made where there is none, readable by its owner alone. A damaged one is moved aside, never deleted,
   * and a new one begun.
   *
   * @throws SpoolUnusable.
   */
  constructor(file: string) {
    try {
      const { database, movedTo } = openOrReplace(file)
      this.#database = database
      this.movedTo = movedTo
      this.#insert = database.prepare('INSERT INTO deliveries (text) VALUES (?)')
      this.#select = database.prepare('SELECT id, text FROM deliveries WHERE id > ? ORDER BY id LIMIT ?')
      this.#delete = database.prepare('DELETE FROM deliveries WHERE id = ?')
    } catch (cause) {
      throw new SpoolUnusable(file, { cause })
    }
  }

  /** How many rows there are, and how many bytes they have. */
  size(): { rows: number; bytes: number } {
    const [size] = this.#database
      .prepare('SELECT count(*) AS rows, coalesce(sum(length(CAST(text AS BLOB))), 0) AS bytes FROM deliveries')
      .all()
    return { rows: Number(size?.rows), bytes: Number(size?.bytes) }
  }

  /** Adds rows with one flush of the disk for all of them: all or none. */
  add(texts: readonly string[]): void {
    this.#transaction(() => {
      for (const text of texts) this.#insert.run(text)
    })
  }

  /** The oldest rows after one, and no more of them than have 16 MiB, but for the first. */
  read({ after, limit }: { after: number; limit: number }): SpoolRow[] {
    const rows: SpoolRow[] = []
    let length = 0
    for (const { id, text } of this.#select.iterate(after, limit)) {
      rows.push({ id: Number(id), text: String(text) })
      length += String(text).length
      if (length > maxReadLength) break
    }
    return rows
  }

  remove(ids: readonly number[]): void {
    this.#transaction(() => {
      for (const id of ids) this.#delete.run(id)
    })
  }

  close(): void {
    this.#database.close()
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      // SQLite itself has rolled back where the disk is full.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

function openOrReplace(file: string): { database: DatabaseSync; movedTo?: string } {
  try {
    return { database: open(file) }
  } catch (error) {
    if (!isDamaged(error)) throw error
  }
  const movedTo = `${file}.damaged-${new Date().toISOString().replaceAll(':', '-')}`
  for (const companion of ['', '-wal', '-shm']) {
    if (existsSync(file + companion)) renameSync(file + companion, movedTo + companion)
  }
  return { database: open(file), movedTo }
}

function open(file: string): DatabaseSync {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  // SQLite would make it readable by others; its companions get the mode that the file has.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    // FULL flushes the disk at each commit, which is what a 202 promises. What was handed over is not to be read again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    // Ids are never given twice, so that one that is on its way to the engine means one row.
    database.exec('CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)')
    check(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

class Damaged extends Error {}

/** Reads every page: a hole in the middle would show only when its row's turn comes. */
function check(database: DatabaseSync): void {
  const [answer] = database.prepare('PRAGMA quick_check(1)').all()
  if (answer?.quick_check !== 'ok') throw new Damaged(String(answer?.quick_check))
}

/** What SQLite says of a file that is damaged, or no database at all: https://www.sqlite.org/rescode.html */
const damagedCodes = new Set([11, 26])

/** Whether an error means that the file is damaged. */
export function isDamaged(error: unknown): boolean {
  if (error instanceof Damaged) return true
  return error instanceof Error && 'errcode' in error && damagedCodes.has(Number(error.errcode) & 0xff)
}
