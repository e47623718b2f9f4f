import { Command, Option } from 'commander'
import * as z from 'zod'
import { Delivery, DeliveryPage, deliveryStates } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, type ListOptions, sinceOption, withPageOptions, withServerOptions } from './server-options.ts'
import { plain, shownTime, table, wrapped } from './table.ts'

interface LsOptions extends ListOptions {
  state?: string
  source?: string
  since?: string
}

export function deliveriesCommand(): Command {
  return new Command('deliveries')
    .description('What arrived at the hooks, and what became of it; without more: the list.')
    .addCommand(lsCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(redeliverCommand())
    .addHelpText('after', '\nExample:\n  $ adder deliveries ls --state kept --since 2h')
}

function lsCommand(): Command {
  return withServerOptions(withPageOptions(new Command('ls')))
    .description('List deliveries, the newest first.')
    .addOption(new Option('--state <state>', 'only these').choices(deliveryStates))
    .option('--source <name>', 'only of this source')
    .addOption(sinceOption())
    .addHelpText('after', '\nExample:\n  $ adder deliveries ls --source splunk --since 90m')
    .action(ls)
}

function showCommand(): Command {
  return withServerOptions(new Command('show'))
    .description('Show a delivery: its events and runs, and what it said where it was kept.')
    .argument('<delivery>', 'its id, or how it begins')
    .addHelpText('after', '\nExample:\n  $ adder deliveries show 7d3f2c1a')
    .action(show)
}

function redeliverCommand(): Command {
  return withServerOptions(new Command('redeliver'))
    .description('Take a kept delivery in again, after a fix. Ends with 1 where it still can not be.')
    .argument('<delivery>', 'its id, or how it begins')
    .addHelpText('after', '\nExample:\n  $ adder deliveries redeliver 7d3f2c1a')
    .action(redeliver)
}

async function ls(options: LsOptions): Promise<void> {
  const { limit, after, state, source, since } = options
  const page = await adderClient(options).get('/api/deliveries', DeliveryPage, { limit, after, state, source, since })
  if (options.json) return console.log(JSON.stringify(page))
  if (page.items.length === 0) return console.log('No deliveries.')
  console.log(
    table(page.items, [
      { title: 'RECEIVED (UTC)', cell: ({ receivedAt }) => shownTime(receivedAt) },
      { title: 'DELIVERY', cell: ({ id }) => id.slice(0, 8) },
      { title: 'SOURCE', cell: (each) => each.source },
      { title: 'STATE', cell: (each) => stateOf(each) },
      { title: 'EVENTS', cell: ({ events, kind = '' }) => (events > 1 ? `${kind} and ${events - 1} more` : kind) },
    ]),
  )
  if (page.next !== undefined) console.log(`\nMore with --after ${page.next}`)
}

async function show(start: string, options: AskOptions): Promise<void> {
  const delivery = await adderClient(options).get(`/api/deliveries/${encodeURIComponent(start)}`, Delivery)
  console.log(options.json ? JSON.stringify(delivery) : told(delivery))
}

function told(delivery: z.infer<typeof Delivery>): string {
  const lines = [
    `Delivery   ${delivery.id}`,
    `Source     ${delivery.source}`,
    `Received   ${shownTime(delivery.receivedAt)} UTC${delivery.isFilledIn ? ' (filled in after a crash)' : ''}`,
    `State      ${stateOf(delivery)}`,
  ]
  if (delivery.reason !== undefined) lines.push(`Reason     ${wrapped(delivery.reason, 11)}`)
  if (delivery.senderId !== undefined) lines.push(`Sender id  ${plain(delivery.senderId)}`)
  if (delivery.redelivers !== undefined) lines.push(`Content of ${delivery.redelivers}`)
  for (const id of delivery.redeliveredBy) lines.push(`Taken in   by ${id}`)
  for (const { at, caller, action } of delivery.actions)
    lines.push(`Action     ${shownTime(at)} ${action} by ${plain(caller)}`)
  for (const event of delivery.events) {
    lines.push('', `Event      ${event.kind}, ${event.state}`, `           ${event.id}`)
    if (event.ticket !== undefined) lines.push(`Ticket     ${event.ticket.key} ${event.ticket.url ?? ''}`.trimEnd())
    for (const run of event.runs) lines.push(`Run        ${run.id} ${run.automation}, ${run.state}`)
  }
  if (delivery.content !== undefined)
    lines.push('', 'What it said, redacted:', JSON.stringify(delivery.content, undefined, 2))
  return lines.join('\n')
}

function stateOf({ state, check, isSwept }: { state: string; check?: string | undefined; isSwept: boolean }): string {
  const notes = [...(check === undefined ? [] : [check]), ...(isSwept ? ['swept'] : [])]
  return notes.length === 0 ? state : `${state} (${notes.join(', ')})`
}

const Redelivered = z.object({
  delivery: z.string(),
  events: z.array(z.object({ kind: z.string(), state: z.string() })),
})

async function redeliver(start: string, options: AskOptions): Promise<void> {
  const at = `/api/deliveries/${encodeURIComponent(start)}/redelivery`
  const answer = await adderClient(options).post(at, Redelivered)
  if (options.json) return console.log(JSON.stringify(answer))
  const events = answer.events.map(({ kind, state }) => `${kind} (${state})`).join(', ')
  console.log(`Taken in as delivery ${answer.delivery}: ${events === '' ? 'no events' : events}`)
}
