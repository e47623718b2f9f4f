import { table } from '../../src/cli/table.ts'
import type { ClusterResult } from './cluster-run.ts'

const kinds = { ADDER: 'Adder', NODE: 'node', POSTGRESQL: 'PostgreSQL' } as const

/** The account of a run on a cluster for people, at most 80 columns wide. */
export function reportCluster(result: ClusterResult): string {
  const { options, accepted, sentAgain, tickets, comments, lost, faults, hits, loadSeconds } = result
  const doubled = result.doubledTickets.length + result.doubledComments.length
  const number = (value: number): string => value.toLocaleString('en')
  const places = [...new Set(hits.map(({ at }) => at))].toSorted()
  const cell = (kind: string) => (place: string) =>
    String(hits.filter(({ at, victim }) => at === place && victim.startsWith(kind)).length || '')
  return [
    `Seed ${options.seed}; ${number(accepted)} alerts accepted in ${loadSeconds.toFixed(0)} s, ${number(sentAgain)} times sent again.`,
    '',
    table(places, [
      { title: 'KILLED', cell: (place) => place },
      ...Object.entries(kinds).map(([title, kind]) => ({ title, cell: cell(kind) })),
    ]),
    '',
    `tickets ${number(tickets)}, comments ${number(comments)}, lost ${lost.length}, doubled ${doubled}`,
    ...faults.slice(0, 20).map((fault) => `✘ ${fault.slice(-2000)}`),
  ].join('\n')
}
