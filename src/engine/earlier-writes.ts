import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * When an earlier process on this data folder may last have begun a write, in milliseconds since 1970. A process that
 * ended in order has left that time behind; one that was killed has left nothing, and may have begun one just now.
 */
export function takeEarlierWrites(dataFolder: string): number {
  const file = fileIn(dataFolder)
  try {
    const time = Number(readFileSync(file, 'utf8'))
    rmSync(file)
    return Number.isFinite(time) ? Math.min(time, Date.now()) : Date.now()
  } catch {
    return Date.now()
  }
}

/**
 * Leaves the time behind for the next process. Only for a process of which no write is under way any more. Where the
 * folder takes nothing, the next process waits a little longer than it has to.
 */
export function leaveEarlierWrites(dataFolder: string, time: number): void {
  try {
    writeFileSync(fileIn(dataFolder), String(time), { mode: 0o600 })
  } catch {
    // See above.
  }
}

function fileIn(dataFolder: string): string {
  return path.join(dataFolder, 'writes-ended')
}
