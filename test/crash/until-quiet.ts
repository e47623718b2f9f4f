import { setTimeout } from 'node:timers/promises'
import type { KeptAdder } from './kept-adder.ts'
import { waitingRuns } from './waiting-runs.ts'

export interface QuietOptions {
  adder: KeptAdder
  dataFolder: string
  made(): object
}

/** Longer than the longest search and the longest wait between two attempts, in milliseconds. */
const stallMs = 150_000

/**
 * Resolves when nothing is under way but runs that wait for a person; with a sentence, where nothing moves any more
 * although something is.
 */
export async function untilQuiet({ adder, dataFolder, made }: QuietOptions): Promise<string | undefined> {
  let last = ''
  let movedAt = Date.now()
  let isQuiet = false
  for (;;) {
    const underWay = await adder.underWay()
    const waiting = await waitingRuns(dataFolder).catch(() => [])
    // Twice, because the history is told a moment later.
    if (underWay.length === waiting.length && isQuiet) return undefined
    isQuiet = underWay.length === waiting.length
    const now = JSON.stringify([underWay.length, waiting.length, made()])
    if (now !== last) movedAt = Date.now()
    last = now
    if (Date.now() - movedAt > stallMs)
      return `nothing moves any more: ${underWay.length} under way, ${waiting.length} of them wait for a person; ${underWay.slice(0, 3).join(', ')}`
    await setTimeout(300)
  }
}
