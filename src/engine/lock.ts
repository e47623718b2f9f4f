import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DataFolderInUse } from './engine-errors.ts'

/** Held while this process owns the data folder. */
export interface Lock {
  release(): void
}

/** What SQLite says where somebody else holds a database; the low byte of all its kinds: https://www.sqlite.org/rescode.html#busy */
const busyCode = 5

/** A database that nobody holds is closed with the garbage, and its lock is gone. */
const held = new Set<DatabaseSync>()

/**
 * Makes this process the only owner of a data folder. Two engines on one folder would destroy each other's sockets, so
 * nothing else is started before this.
 *
 * The lock is an exclusive transaction on an empty SQLite database inside the folder: Node has no file locks of its
 * own, SQLite's are the system's, and the system drops them when the process dies, however it dies. So nothing is ever
 * stale, and there is nothing to take over.
 *
 * @throws DataFolderInUse when another live process owns it; that process is not disturbed.
 */
export function acquireLock(dataFolder: string): Lock {
  const database = new DatabaseSync(path.join(dataFolder, 'adder.lock'))
  const ownerFile = path.join(dataFolder, 'adder.pid')
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) throw new DataFolderInUse(dataFolder, ownerOf(ownerFile))
    throw error
  }
  held.add(database)
  leaveName(ownerFile)
  return {
    release: () => {
      if (held.delete(database)) database.close()
    },
  }
}

/** Whether SQLite says with this error that somebody else holds the database. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busyCode
}

/** For the message only, so a full disk is no reason not to start. */
function leaveName(file: string): void {
  try {
    writeFileSync(file, String(process.pid), { mode: 0o600 })
  } catch {
    // See above.
  }
}

/** For the message only: who owns the folder is decided by the lock. */
function ownerOf(file: string): string {
  try {
    return `process ${readFileSync(file, 'utf8')}`
  } catch {
    return 'another process'
  }
}
