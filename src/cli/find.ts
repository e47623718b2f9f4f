import { Command } from 'commander'
import type * as z from 'zod'
import { Findings } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type ListOptions, withPageOptions, withServerOptions } from './server-options.ts'
import { shownTime } from './table.ts'

export function findCommand(): Command {
  return withServerOptions(withPageOptions(new Command('find')))
    .description('Find the deliveries, runs and tickets that had a user, a hash or a ticket key.')
    .argument('<value>', 'in any case; also defanged: mlisa(at)acme[.]example')
    .addHelpText('after', '\nExample:\n  $ adder find mlisa\n  $ adder find SEC-1 --json')
    .action(find)
}

async function find(value: string, options: ListOptions): Promise<void> {
  const { limit, after } = options
  const page = await adderClient(options).get('/api/find', Findings, { value, limit, after })
  if (options.json) return console.log(JSON.stringify(page))
  if (page.items.length === 0) return console.log('Nothing in the history has it.')
  console.log(page.items.map(told).join('\n\n'))
  if (page.next !== undefined) console.log(`\nMore with --after ${page.next}`)
}

function told({ event, as, tickets, runs, deliveries }: z.infer<typeof Findings>['items'][0]): string {
  const kinds = as.map(({ kind }) => kind).join(', ')
  return [
    `${shownTime(event.at)} UTC  ${event.kind} of ${event.source}, as ${kinds}`,
    ...tickets.map(({ key, url = '' }) => `  ticket    ${key} ${url}`.trimEnd()),
    ...runs.map(({ id, automation, state }) => `  run       ${id.slice(0, 16)} ${automation}, ${state}`),
    ...deliveries.map(
      ({ id, receivedAt, state }) => `  delivery  ${id.slice(0, 8)} ${shownTime(receivedAt)}, ${state}`,
    ),
  ].join('\n')
}
