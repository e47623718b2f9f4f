import { setTimeout } from 'node:timers/promises'
import type { KeptAdder } from './kept-adder.ts'
import type { Moments } from './moments.ts'
import { anyMoment, type Kill, type Victim } from './plan-kills.ts'

/** How often whom a kill hit where. */
export type Histogram = Record<string, Partial<Record<Victim, number>>>

export interface KillOptions {
  adder: KeptAdder
  moments: Moments
  plan: readonly Kill[]
  hits: Histogram
  /** Told how far it is: a half more when a moment is aimed at, and another when everything is well again. */
  reached(kills: number): void
}

/** How long a moment is waited for, in milliseconds. */
const comesWithinMs = 10_000

/** Kills one after the other, each when everything is well again. */
export async function killByPlan(options: KillOptions): Promise<void> {
  for (const [index, kill] of options.plan.entries()) {
    await setTimeout(kill.pauseMs)
    options.reached(index + 0.5)
    await killAt(kill, options)
    await options.adder.well()
    options.reached(index + 1)
  }
}

async function killAt({ boundary, victim, skip, delayMs }: Kill, { adder, moments, hits }: KillOptions): Promise<void> {
  let isHit = false
  const hit = (): void => {
    isHit = adder.kill(victim)
  }
  const act = (): void => void (delayMs === 0 ? hit() : setTimeout(delayMs).then(hit))
  const coming = moments.actAt(boundary.moment, { skip, withinMs: comesWithinMs }, act)
  if (boundary.after !== undefined && adder.kill(boundary.after)) count(hits, anyMoment, boundary.after)
  const hasCome = await coming
  // An engine that is not there yet can't be hit; a moment that does not come leaves any other.
  const deadline = Date.now() + comesWithinMs
  await setTimeout(delayMs)
  while (!isHit && Date.now() < deadline) {
    hit()
    await setTimeout(2)
  }
  if (isHit) count(hits, hasCome ? boundary.name : anyMoment, victim)
}

function count(hits: Histogram, row: string, victim: Victim): void {
  hits[row] = { ...hits[row], [victim]: (hits[row]?.[victim] ?? 0) + 1 }
}
