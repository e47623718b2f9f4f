import { setTimeout } from 'node:timers/promises'
import { Admin } from '../src/engine/admin.ts'
import { closedLoop, type Door, type Load } from './load.ts'
import { cpuMs } from './process-usage.ts'
import { percentile } from './statistics.ts'

/** What the alerts go through: an Adder or a bare engine. */
export interface Target {
  door: Door
  /** How many alerts have gone all the way so far. */
  finished(): Promise<number>
  /** The processes whose time counts, by what they are. */
  pids: Record<string, number>
}

/** Times of many alerts, in milliseconds. */
export interface Times {
  p50: number
  p99: number
}

/** One round: so many alerts as fast as they are taken, until the last is finished. */
export interface Round {
  acceptedPerSecond: number
  finishedPerSecond: number
  acknowledgement: Times
  /** Processor time for each alert by process, in milliseconds; empty where the system does not tell. */
  cpuMsPerAlert: Record<string, number>
}

/** An alert that takes longer than this is not slow but lost. */
const stallMs = 60_000

export async function playRound(
  target: Target,
  { alerts, clients }: { alerts: number; clients: number },
): Promise<Round> {
  const before = await target.finished()
  const cpuBefore = cpuOf(target.pids)
  const load = await closedLoop(target.door, { alerts, clients })
  assertAllAccepted(load)
  const finishedAt = await untilFinished(target, before + alerts)
  const cpuAfter = cpuOf(target.pids)
  return {
    acceptedPerSecond: alerts / (load.ms / 1000),
    finishedPerSecond: alerts / ((finishedAt - load.startedAt) / 1000),
    acknowledgement: timesOf(load.acknowledged.map(({ ms }) => ms)),
    cpuMsPerAlert: Object.fromEntries(
      Object.entries(cpuAfter).map(([name, ms]) => [name, (ms - (cpuBefore[name] ?? 0)) / alerts]),
    ),
  }
}

export function assertAllAccepted({ failures }: Load): void {
  if (failures.length > 0) throw new Error(`${failures.length} alerts were not accepted (${failures[0]})`)
}

/** When so many alerts were finished, in milliseconds since 1970. */
export async function untilFinished({ finished }: Pick<Target, 'finished'>, count: number): Promise<number> {
  let last = -1
  let progressAt = Date.now()
  for (;;) {
    const now = await finished()
    if (now >= count) return performance.timeOrigin + performance.now()
    if (now > last) {
      last = now
      progressAt = Date.now()
    }
    if (Date.now() - progressAt > stallMs)
      throw new Error(`${count - now} alerts are not finished, and none ends any more`)
    await setTimeout(20)
  }
}

export function timesOf(ms: readonly number[]): Times {
  return { p50: percentile(ms, 0.5), p99: percentile(ms, 0.99) }
}

/** How many entries the engine's journal holds, and how many runs, of all that it has had to do so far. */
export async function journalSize(adminSocket: string): Promise<{ entries: number; invocations: number }> {
  const admin = new Admin({ socketPath: adminSocket })
  try {
    const [entries] = await admin.query<{ n: number }>('SELECT count(*) AS n FROM sys_journal')
    const [invocations] = await admin.query<{ n: number }>('SELECT count(*) AS n FROM sys_invocation')
    return { entries: entries?.n ?? 0, invocations: invocations?.n ?? 0 }
  } finally {
    await admin.close()
  }
}

function cpuOf(pids: Record<string, number>): Record<string, number> {
  const used = Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)] as const)
  return Object.fromEntries(used.flatMap(([name, ms]) => (ms === undefined ? [] : [[name, ms]])))
}
