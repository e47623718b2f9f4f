import { Command } from 'commander'
import * as z from 'zod'
import { Pause } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, withServerOptions } from './server-options.ts'
import { plain, shownTime, table } from './table.ts'

interface PauseOptions extends AskOptions {
  reason?: string
}

export function pauseCommand(): Command {
  return new Command('pause')
    .description('Hold back an automation, a connector or everything; without more: what is paused.')
    .addCommand(lsCommand(), { isDefault: true })
    .addCommand(named('automation', 'Pause an automation: no further step of its runs begins.'))
    .addCommand(named('connector', 'Pause a connector, or the ticketing by its name: nobody calls it.'))
    .addCommand(allCommand())
    .addHelpText(
      'after',
      `
What is under way ends first. Deliveries are accepted and their runs wait, also
over restarts, until \`adder resume\`.

Examples:
  $ adder pause
  $ adder pause connector virustotal --reason 'new key on Monday'`,
    )
}

function lsCommand(): Command {
  return withServerOptions(new Command('ls'))
    .description('List what is paused, since when, by whom and why.')
    .addHelpText('after', '\nExample:\n  $ adder pause ls --json')
    .action(ls)
}

function named(what: 'automation' | 'connector', description: string): Command {
  const example = what === 'automation' ? 'mock-scan' : 'virustotal'
  return withReason(new Command(what))
    .description(description)
    .argument('<name>', `the ${what}'s name, as adder check shows it`)
    .addHelpText('after', `\nExample:\n  $ adder pause ${what} ${example} --reason 'false positives'`)
    .action((name: string, options: PauseOptions) => pause({ what, name }, options))
}

function allCommand(): Command {
  return withReason(new Command('all'))
    .description('Pause everything: no further step of any run begins.')
    .addHelpText('after', "\nExample:\n  $ adder pause all --reason 'Jira is being migrated'")
    .action((options: PauseOptions) => pause({ what: 'all' }, options))
}

function withReason(command: Command): Command {
  return withServerOptions(command).option('-r, --reason <text>', 'why, for those who see it')
}

async function ls(options: AskOptions): Promise<void> {
  const paused = await adderClient(options).get('/api/pauses', z.object({ items: z.array(Pause) }))
  if (options.json) return console.log(JSON.stringify(paused))
  if (paused.items.length === 0) return console.log('Nothing is paused.')
  console.log(
    table(paused.items, [
      { title: 'SINCE (UTC)', cell: ({ since }) => shownTime(since) },
      { title: 'PAUSED', cell: ({ what, name }) => (name === undefined ? what : `${what} ${name}`) },
      { title: 'BY', cell: ({ by }) => by },
      { title: 'REASON', cell: ({ reason = '' }) => reason },
    ]),
  )
}

async function pause(subject: { what: string; name?: string }, { reason, ...options }: PauseOptions): Promise<void> {
  const body = { ...subject, ...(reason === undefined ? {} : { reason }) }
  const paused = await adderClient(options).post('/api/pauses', Pause, body)
  if (options.json) return console.log(JSON.stringify(paused))
  const { what, name } = paused
  console.log(`Paused: ${plain(name === undefined ? what : `${what} ${name}`)}. It goes on with adder resume.`)
}
