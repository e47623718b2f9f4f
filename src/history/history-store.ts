import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** Where a history is kept: a file of SQLite, or a database of PostgreSQL. */
export interface HistoryStore {
  /** The file, or the server and its database: for people, and nothing secret. */
  readonly name: string
  /**
   * Opens it, made where there is none, brought to the present schema where it is older.
   *
   * @param options.isDamaged What is there is known to be damaged: it is moved aside.
   * @throws HistoryTooNew, HistoryUnusable; something else where it is only away, which `fault` then says.
   */
  open(options?: { isDamaged?: boolean }): Promise<OpenedHistory>
  fault(error: unknown): StoreFault
  /** What an error says, and how to mend it. */
  explain(error: unknown): string
}

export interface OpenedHistory {
  db: Kysely<Tables>
  /** Where the file that was there has been moved to, because it is damaged. */
  movedTo?: string
}

/**
 * What an error means for the history:
 * - `corrupt`: the file is no database, or a damaged one;
 * - `passing`: the disk is full, the server is away, a time-out …; it may be well again later;
 * - `other`: what was written is at fault, or the query.
 */
export type StoreFault = 'corrupt' | 'passing' | 'other'
