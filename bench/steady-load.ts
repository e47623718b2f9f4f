import { setTimeout } from 'node:timers/promises'
import type { RunningAdder } from './adder.ts'
import { openLoop } from './load.ts'
import { assertAllAccepted, type Times, timesOf, untilFinished } from './measure.ts'
import type { StandIns } from './stand-ins.ts'

/** Alerts at a steady rate: until their acknowledgement, and until their tickets had all their comments. */
export interface Steady {
  perSecond: number
  alerts: number
  acknowledgement: Times
  finished: Times
}

export interface SteadyOptions {
  adder: RunningAdder
  standIns: StandIns
  perSecond: number
  seconds: number
}

export async function steadyLoad({ adder, standIns, perSecond, seconds }: SteadyOptions): Promise<Steady> {
  const before = (await standIns.finished()).finished
  const load = await openLoop(adder.door, { perSecond, seconds })
  assertAllAccepted(load)
  const finished = async () => (await standIns.finished()).finished
  await untilFinished({ finished }, before + load.acknowledged.length)
  const finishedAt = new Map((await standIns.finishes(before)).map(({ sid, at }) => [sid, at]))
  return {
    perSecond,
    alerts: load.acknowledged.length,
    acknowledgement: timesOf(load.acknowledged.map(({ ms }) => ms)),
    finished: timesOf(load.acknowledged.map(({ sid, at }) => (finishedAt.get(sid) ?? Number.NaN) - at)),
  }
}

/** The same while runs with a thousand branches are under way, one after another; and how many of those have ended. */
export async function steadyLoadBesideWide(options: SteadyOptions): Promise<Steady & { wideRuns: number }> {
  const { adder, standIns } = options
  const before = (await standIns.finished()).wideRuns
  const ended = new AbortController()
  const wide = keepWideRunning({ adder, standIns, ended: ended.signal })
  const steady = await steadyLoad(options)
  ended.abort()
  await wide
  return { ...steady, wideRuns: (await standIns.finished()).wideRuns - before }
}

async function keepWideRunning({
  adder,
  standIns,
  ended,
}: {
  adder: RunningAdder
  standIns: StandIns
  ended: AbortSignal
}): Promise<void> {
  while (!ended.aborted) {
    const { wideRuns } = await standIns.finished()
    await adder.fireWide()
    while ((await standIns.finished()).wideRuns === wideRuns) await setTimeout(50)
  }
}
