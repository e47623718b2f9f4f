import { Command } from 'commander'
import type * as z from 'zod'
import { Explanation } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, withServerOptions } from './server-options.ts'
import { shownTime, wrapped } from './table.ts'

export function whyCommand(): Command {
  return withServerOptions(new Command('why'))
    .description('Explain what a delivery did or did not start.')
    .argument('<delivery>', 'its id, or how it begins')
    .addHelpText('after', '\nExample:\n  $ adder why 7d3f2c1a')
    .action(why)
}

async function why(start: string, options: AskOptions): Promise<void> {
  const at = `/api/deliveries/${encodeURIComponent(start)}/why`
  const explanation = await adderClient(options).get(at, Explanation)
  console.log(options.json ? JSON.stringify(explanation) : told(explanation))
}

type Told = z.infer<typeof Explanation>

function told({ delivery, source, receivedAt, checks, events }: Told): string {
  const lines = [`Delivery ${delivery} of ${source}`, `${shownTime(receivedAt)} UTC`, '']
  for (const { question, answer, detail } of checks) {
    const head = `  ${`${question}?`.padEnd(11)} ${answer.padEnd(10)} `
    lines.push(`${head}${wrapped(detail, head.length)}`)
  }
  return [...lines, ...events.flatMap(toldEvent)].join('\n')
}

function toldEvent({ kind, detail, ticket, automations, suppressedBy }: Told['events'][0]): string[] {
  const lines = ['', `  ${kind}: ${wrapped(detail, 4, kind.length + 4)}`]
  if (ticket !== undefined) lines.push(`    ticket ${ticket.key}`)
  for (const { name, reason, owner, until } of suppressedBy) {
    const said = `${reason} (${owner}), until ${until}`
    lines.push(`    suppressed by ${name}: ${wrapped(said, 6, name.length + 20)}`)
  }
  for (const { automation, matched, unmet, run } of automations) {
    const outcome = run === undefined ? '' : `, run ${run.id.slice(0, 16)} ${run.state}`
    const said = matched ? `matched${outcome}` : `no: not so that ${unmet.join(', nor that ')}`
    lines.push(`    ${automation}: ${wrapped(said, 6, automation.length + 6)}`)
  }
  return lines
}
