import { readFileSync } from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from '../../engine/lock.ts'

/**
 * The process that owns a data folder; undefined where nobody does. The lock alone decides (`engine/lock.ts`), but
 * looking at it could be in the way of an Adder that starts right now, so it is looked at only where the process that
 * was noted down is alive.
 */
export function folderOwner(dataFolder: string): number | undefined {
  const pid = notedPid(path.join(dataFolder, 'adder.pid'))
  return pid !== undefined && isAlive(pid) && isHeld(path.join(dataFolder, 'adder.lock')) ? pid : undefined
}

function notedPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0)
  } catch (error) {
    // Somebody else's process is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function isHeld(file: string): boolean {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 })
    database.exec('SELECT count(*) FROM sqlite_schema')
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    database?.close()
  }
}
