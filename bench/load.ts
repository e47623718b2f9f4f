import { setTimeout } from 'node:timers/promises'
import type { Pool } from 'undici'
import { alertBody } from './alert.ts'

/** Where alerts are posted to. */
export interface Door {
  pool: Pool
  path: string
  /** Headers of one alert, by its search job. */
  headers(sid: string): Record<string, string>
}

/** One alert that was answered with 202. */
export interface Acknowledged {
  sid: string
  /** When it was, or should have been, sent: milliseconds since 1970. */
  at: number
  /** Until the answer, in milliseconds. */
  ms: number
}

export interface Load {
  acknowledged: Acknowledged[]
  /** The answers that were no 202, and why others did not come. */
  failures: string[]
  startedAt: number
  /** Until the last answer, in milliseconds. */
  ms: number
}

/** Posts so many alerts, each client the next as soon as its last is answered. */
export async function closedLoop(door: Door, { alerts, clients }: { alerts: number; clients: number }): Promise<Load> {
  const load = newLoad()
  let sent = 0
  const client = async (): Promise<void> => {
    while (sent < alerts) {
      sent += 1
      await post(door, { load, at: now() })
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return ended(load)
}

/**
 * Posts at a steady rate, whatever the answers do. An alert's time counts from when it was due, so that a stall is seen
 * in all the alerts that it holds up.
 */
export async function openLoop(
  door: Door,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Load> {
  const load = newLoad()
  const total = Math.round(perSecond * seconds)
  const posts: Promise<void>[] = []
  while (posts.length < total) {
    const elapsedSeconds = (now() - load.startedAt) / 1000
    const due = Math.min(total, Math.floor(elapsedSeconds * perSecond) + 1)
    while (posts.length < due) posts.push(post(door, { load, at: load.startedAt + (posts.length / perSecond) * 1000 }))
    await setTimeout(1)
  }
  await Promise.all(posts)
  return ended(load)
}

async function post({ pool, path, headers }: Door, { load, at }: { load: Load; at: number }): Promise<void> {
  const { sid, body } = alertBody()
  try {
    const answer = await pool.request({ method: 'POST', path, headers: headers(sid), body })
    await answer.body.dump()
    if (answer.statusCode === 202) load.acknowledged.push({ sid, at, ms: now() - at })
    else load.failures.push(`answered ${answer.statusCode}`)
  } catch (error) {
    load.failures.push(String(error))
  }
}

function newLoad(): Load {
  return { acknowledged: [], failures: [], startedAt: now(), ms: 0 }
}

function ended(load: Load): Load {
  return { ...load, ms: now() - load.startedAt }
}

/** Milliseconds since 1970 with fractions, the same in all processes of this machine. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
