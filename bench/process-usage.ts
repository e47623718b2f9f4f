import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** What a process holds in memory, in megabytes (RSS). */
export function memoryMb(pid: number): number {
  const kilobytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }))
  return kilobytes / 1024
}

/** The processor time that a process has used, in milliseconds; undefined where the system does not tell (macOS). */
export function cpuMs(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name may hold spaces: the fields are counted behind it. utime and stime are the 14th and 15th, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** What a folder takes on disk, in bytes. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => sizeOf(path.join(entry.parentPath, entry.name)))
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** A file that the engine has removed in the meantime has none. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
