import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { Command, Option } from 'commander'
import * as z from 'zod'
import { Run, RunChanges, RunPage, runStates } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { NotConfirmed } from './server-errors.ts'
import { type AskOptions, type ListOptions, sinceOption, withPageOptions, withServerOptions } from './server-options.ts'
import { rerunTable, toldRun } from './show-run.ts'
import { cutTo, plain, shownTime, table, width } from './table.ts'

interface LsOptions extends ListOptions {
  state?: string
  automation?: string
  since?: string
}

interface RerunOptions extends AskOptions {
  yes?: boolean
}

/** How often `tail` asks, in milliseconds. */
const tailMs = 1000

export function runsCommand(): Command {
  return new Command('runs')
    .description('What ran, how it went, what it made, and steering it; without more: the list.')
    .addCommand(lsCommand(), { isDefault: true })
    .addCommand(withRun('show', 'Show a run with its effects and waits.', show))
    .addCommand(tailCommand())
    .addCommand(withRun('cancel', 'End a run at its next step. What it has made stays.', cancel))
    .addCommand(withRun('retry', "End a run's wait for a person: what gave up is tried again.", retry))
    .addCommand(
      withRun('rerun', 'Run once more. Shows first which effects are found again.', rerun).option(
        '-y, --yes',
        'do not ask; needed where nobody can be asked',
      ),
    )
    .addHelpText('after', '\nExample:\n  $ adder runs ls --state waiting')
}

function lsCommand(): Command {
  return withServerOptions(withPageOptions(new Command('ls')))
    .description('List runs, those that started last first.')
    .addOption(new Option('--state <state>', 'only these').choices(runStates))
    .option('--automation <name>', 'only of this automation')
    .addOption(sinceOption())
    .addHelpText('after', '\nExample:\n  $ adder runs ls --state failed --since 7d')
    .action(ls)
}

function tailCommand(): Command {
  return withServerOptions(new Command('tail'))
    .description('Print runs as something happens in them, until Ctrl-C. With --json a line each.')
    .addHelpText('after', '\nExample:\n  $ adder runs tail')
    .action(tail)
}

function withRun<O extends AskOptions>(
  name: string,
  description: string,
  action: (run: string, options: O) => Promise<void>,
): Command {
  return withServerOptions(new Command(name))
    .description(description)
    .argument('<run>', 'its id, or how it begins')
    .addHelpText('after', `\nExample:\n  $ adder runs ${name} inv_1g2tAwjEzAXf`)
    .action(action)
}

async function ls(options: LsOptions): Promise<void> {
  const { limit, after, state, automation, since } = options
  const page = await adderClient(options).get('/api/runs', RunPage, { limit, after, state, automation, since })
  if (options.json) return console.log(JSON.stringify(page))
  if (page.items.length === 0) return console.log('No runs.')
  console.log(
    table(page.items, [
      { title: 'STARTED (UTC)', cell: ({ startedAt }) => shownTime(startedAt) },
      { title: 'RUN', cell: ({ id }) => id.slice(0, 16) },
      { title: 'STATE', cell: (each) => each.state },
      { title: 'TICKET', cell: ({ ticket }) => ticket?.key ?? '' },
      {
        title: 'AUTOMATION',
        cell: ({ automation: of, generation }) => (generation > 0 ? `${of} (${generation})` : of),
      },
    ]),
  )
  if (page.next !== undefined) console.log(`\nMore with --after ${page.next}`)
}

async function show(start: string, options: AskOptions): Promise<void> {
  const run = await adderClient(options).get(runPath(start), Run)
  console.log(options.json ? JSON.stringify(run) : toldRun(run))
}

async function tail(options: AskOptions): Promise<void> {
  const client = adderClient(options)
  let { next } = await client.get('/api/runs/changes', RunChanges)
  console.error('Waiting for something to happen in runs. Ctrl-C ends it.')
  for (;;) {
    const changes = await client.get('/api/runs/changes', RunChanges, { after: next })
    for (const run of changes.items) console.log(options.json ? JSON.stringify(run) : tailLine(run))
    next = changes.next
    await setTimeout(tailMs)
  }
}

function tailLine({ changedAt, id, state, automation, ticket, reason, trouble }: z.infer<typeof RunPage>['items'][0]) {
  const why =
    state === 'failed' ? reason : state === 'finished' ? undefined : trouble && `${trouble.step}: ${trouble.reason}`
  const parts = [shownTime(changedAt), id.slice(0, 16), state, ticket?.key, automation, why && plain(why)]
  return cutTo(width, parts.filter((part) => part !== undefined).join('  '))
}

async function cancel(start: string, options: AskOptions): Promise<void> {
  const answer = await adderClient(options).post(`${runPath(start)}/cancel`, z.object({ run: z.string() }))
  console.log(options.json ? JSON.stringify(answer) : `Run ${answer.run} ends at its next step.`)
}

async function retry(start: string, options: AskOptions): Promise<void> {
  const shape = z.object({ run: z.string(), waits: z.number() })
  const answer = await adderClient(options).post(`${runPath(start)}/retry`, shape)
  if (options.json) return console.log(JSON.stringify(answer))
  console.log(
    `Run ${answer.run} tries again: ${answer.waits === 1 ? '1 wait has' : `${answer.waits} waits have`} ended.`,
  )
}

async function rerun(start: string, options: RerunOptions): Promise<void> {
  const client = adderClient(options)
  const run = await client.get(runPath(start), Run)
  if (!options.json) console.log(`${rerunTable(run)}\n`)
  if (!(await isWanted(options))) return console.log('Nothing was started.')
  const shape = z.object({ run: z.string(), generation: z.number() })
  const answer = await client.post(`${runPath(run.id)}/rerun`, shape)
  console.log(options.json ? JSON.stringify(answer) : `Started generation ${answer.generation}: ${answer.run}`)
}

async function isWanted({ yes, json }: RerunOptions): Promise<boolean> {
  if (yes) return true
  if (json || !process.stdin.isTTY) throw new NotConfirmed()
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question('Run it once more? [y/N] ')
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

function runPath(start: string): string {
  return `/api/runs/${encodeURIComponent(start)}`
}
