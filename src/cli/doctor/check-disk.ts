import { existsSync, statfsSync } from 'node:fs'
import type { Finding } from './finding.ts'

const gibibyte = 1024 ** 3
const warningBytes = gibibyte
const failedBytes = gibibyte / 10

/** Looks at the room on the data folder's disk. */
export function checkDisk(dataFolder: string): Finding {
  const of = 'disk'
  if (!existsSync(dataFolder))
    return { of, state: 'warning', says: `there is no folder ${dataFolder} yet`, fix: 'adder start makes it.' }
  const { bavail, bsize } = statfsSync(dataFolder)
  const free = bavail * bsize
  const says = `has ${(free / gibibyte).toFixed(1)} GiB free for ${dataFolder}`
  if (free >= warningBytes) return { of, state: 'ok', says }
  const fix = 'Make room, or keep runs for a shorter time (retentionDays). On a full disk nothing more is taken in.'
  return { of, state: free < failedBytes ? 'failed' : 'warning', says, fix }
}
