import { Command } from 'commander'
import type * as z from 'zod'
import { Quotas } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, withServerOptions } from './server-options.ts'
import { shownTime, table } from './table.ts'

export function quotaCommand(): Command {
  return withServerOptions(new Command('quota'))
    .description('What is used of each quota, and who waits for a turn.')
    .addHelpText('after', '\nExample:\n  $ adder quota\n  $ adder quota --json')
    .action(quota)
}

async function quota(options: AskOptions): Promise<void> {
  const quotas = await adderClient(options).get('/api/quotas', Quotas)
  console.log(options.json ? JSON.stringify(quotas) : toldQuotas(quotas))
}

/** The quotas as a table; a connector has a row for each of its windows. */
export function toldQuotas({ items }: z.infer<typeof Quotas>): string {
  if (items.length === 0) return 'There are no connectors.'
  const rows = items.flatMap((item) => {
    const about = { connector: item.connector, waiting: String(item.waiting), next: shortTime(item.nextTurnAt) }
    const [first, ...others] = item.windows.map((window) => ({
      used: `${window.used} of ${window.requests} ${window.per === 'hour' ? 'an' : 'a'} ${window.per}`,
      resets: shortTime(window.resetsAt),
    }))
    if (first === undefined) return [{ connector: item.connector, used: 'no quota', resets: '', waiting: '', next: '' }]
    return [{ ...about, ...first }, ...others.map((other) => ({ connector: '', waiting: '', next: '', ...other }))]
  })
  const refusals = items.flatMap(({ connector, blockedUntil }) =>
    blockedUntil === undefined ? [] : [`${connector} refuses everything until ${shownTime(blockedUntil)} UTC.`],
  )
  const shown = table(rows, [
    { title: 'CONNECTOR', cell: ({ connector }) => connector },
    { title: 'USED', cell: ({ used }) => used },
    { title: 'RESETS (UTC)', cell: ({ resets }) => resets },
    { title: 'WAITING', cell: ({ waiting }) => waiting },
    { title: 'NEXT TURN', cell: ({ next }) => next },
  ])
  return [shown, ...(refusals.length === 0 ? [] : ['', ...refusals])].join('\n')
}

/** `11-26 00:00:00`; empty where there is none. */
function shortTime(iso: string | undefined): string {
  return iso === undefined ? '' : shownTime(iso).slice(5)
}
