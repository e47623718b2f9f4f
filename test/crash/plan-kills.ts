import type { Moment } from './moments.ts'
import { between, shuffled } from './seeded.ts'

export type Victim = 'Adder' | 'engine' | 'both'

/** Where a kill can hit. */
interface Boundary {
  name: string
  moment: Moment
  /** At most so many moments of the kind are let go by first. */
  maxSkip: number
  /** Who is killed beforehand, at any moment, so that this one comes. */
  after?: Victim
  /** At most so long after the moment, in milliseconds. Default: at once. */
  maxDelayMs?: number
}

const victims: readonly Victim[] = ['Adder', 'engine', 'both']

export const boundaries: readonly Boundary[] = [
  { name: 'before the acknowledgement', moment: 'alert sent', maxSkip: 5 },
  { name: 'acknowledged, no step yet', moment: 'alert acknowledged', maxSkip: 5 },
  { name: 'Jira is asked for the ticket', moment: 'ticket asked for', maxSkip: 4 },
  { name: 'the ticket is there, its answer is not', moment: 'ticket made', maxSkip: 4 },
  { name: 'during a search', moment: 'search', maxSkip: 1 },
  { name: 'between ticket and comments', moment: 'look-up', maxSkip: 4 },
  { name: 'Jira is asked for a comment', moment: 'comment asked for', maxSkip: 8 },
  { name: 'the comment is there, its answer is not', moment: 'comment made', maxSkip: 8 },
  { name: 'answered, and being recorded', moment: 'step answered', maxSkip: 30 },
  {
    name: 'while the engine restarts',
    moment: 'engine ended',

    maxSkip: 0,
    after: 'engine',
    maxDelayMs: 400,
  },
  { name: 'while Adder starts', moment: 'engine there', maxSkip: 0, after: 'Adder' },
  { name: 'while both start', moment: 'engine there', maxSkip: 0, after: 'both', maxDelayMs: 200 },
]

/** The row of the histogram for kills that only lead up to another one. */
export const anyMoment = 'at any moment'

export interface Kill {
  boundary: Boundary
  victim: Victim
  skip: number
  /** How long everything runs well before it, in milliseconds. */
  pauseMs: number
  delayMs: number
}

/** So many kills: each boundary as often as the others, and at each the victims by turns, as the numbers decide. */
export function planKills(count: number, random: () => number): Kill[] {
  const firstVictims = new Map(boundaries.map((boundary) => [boundary, between(0, victims.length - 1, random)]))
  const rounds = Array.from({ length: Math.ceil(count / boundaries.length) }, (_, round) =>
    shuffled(boundaries, random).map((boundary) => {
      const turn = (firstVictims.get(boundary) ?? 0) + round
      return { boundary, victim: victims[turn % victims.length] ?? 'Adder' }
    }),
  )
  return rounds
    .flat()
    .slice(0, count)
    .map(({ boundary, victim }) => ({
      boundary,
      victim,
      skip: between(0, boundary.maxSkip, random),
      pauseMs: between(50, 800, random),
      delayMs: between(0, boundary.maxDelayMs ?? 0, random),
    }))
}
