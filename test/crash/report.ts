import { table } from '../../src/cli/table.ts'
import type { CrashResult } from './crash-run.ts'
import { anyMoment, boundaries } from './plan-kills.ts'

const shownFaults = 20

/** The account of a run for people, at most 80 columns wide. */
export function report(result: CrashResult): string {
  const { options, accepted, sentAgain, tickets, comments, lost, waits, madeAgain, faults, loadSeconds } = result
  const doubled = result.doubledTickets.length + result.doubledComments.length
  const number = (value: number): string => value.toLocaleString('en')
  return [
    `Seed ${options.seed}; ${number(accepted)} alerts accepted in ${loadSeconds.toFixed(0)} s, ${number(sentAgain)} times sent again.`,
    '',
    histogram(result),
    '',
    `tickets ${number(tickets)}, comments ${number(comments)}, lost ${lost.length}, doubled ${doubled}`,
    ...(waits.length > 0 ? [`${waits.length} unknown tickets waited for a person and were tried again`] : []),
    ...(madeAgain > 0 ? [`${madeAgain} of the tickets were made again, as configured, with the same marker`] : []),
    ...(faults.length > 0 ? ['', ...told(faults)] : []),
  ].join('\n')
}

function histogram({ hits }: CrashResult): string {
  const rows = [anyMoment, ...boundaries.map(({ name }) => name)].filter((name) => hits[name] !== undefined)
  const cell = (victim: 'Adder' | 'engine' | 'both') => (name: string) => String(hits[name]?.[victim] ?? '')
  return table(rows, [
    { title: 'KILLED', cell: (name) => name },
    { title: 'ADDER', cell: cell('Adder') },
    { title: 'ENGINE', cell: cell('engine') },
    { title: 'BOTH', cell: cell('both') },
  ])
}

function told(faults: readonly string[]): string[] {
  const more = faults.length - shownFaults
  return [
    ...faults.slice(0, shownFaults).map((fault) => `✘ ${fault.slice(-2000)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
