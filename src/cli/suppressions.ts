import { Command } from 'commander'
import * as z from 'zod'
import { Suppression } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, withServerOptions } from './server-options.ts'
import { plain, shownTime, wrapped } from './table.ts'

export function suppressionsCommand(): Command {
  return withServerOptions(new Command('suppressions'))
    .description('What keeps events from starting anything, until when, and how many it has kept.')
    .addHelpText(
      'after',
      '\nA suppression is written beside the automations: docs/suppressing.md.\n\nExample:\n  $ adder suppressions',
    )
    .action(suppressions)
}

async function suppressions(options: AskOptions): Promise<void> {
  const answer = await adderClient(options).get('/api/suppressions', z.object({ items: z.array(Suppression) }))
  if (options.json) return console.log(JSON.stringify(answer))
  console.log(answer.items.length === 0 ? 'No suppressions.' : answer.items.map(told).join('\n\n'))
}

function told({ name, reason, owner, from, until, state, events, lastAt }: z.infer<typeof Suppression>): string {
  const counted = events === 1 ? '1 event' : `${events} events`
  return [
    `${name}  ${state}`,
    `  reason  ${wrapped(`${reason} (${plain(owner)})`, 10)}`,
    ...(from === undefined ? [] : [`  from    ${shownTime(new Date(from).toISOString())} UTC`]),
    `  until   ${shownTime(new Date(until).toISOString())} UTC`,
    `  held    ${counted}${lastAt === undefined ? '' : `, the last at ${shownTime(lastAt)} UTC`}`,
  ].join('\n')
}
