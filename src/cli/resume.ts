import { Command } from 'commander'
import { Pause } from '../api/shapes.ts'
import { adderClient } from './adder-client.ts'
import { type AskOptions, withServerOptions } from './server-options.ts'
import { plain, shownTime } from './table.ts'

export function resumeCommand(): Command {
  return new Command('resume')
    .description('End a pause; what it has held back goes on by and by.')
    .addCommand(named('automation'))
    .addCommand(named('connector'))
    .addCommand(
      withServerOptions(new Command('all'))
        .description('End the pause of everything; what is paused by its own name stays so.')
        .addHelpText('after', '\nExample:\n  $ adder resume all')
        .action((options: AskOptions) => resume({ what: 'all' }, options)),
    )
    .addHelpText('after', '\nExample:\n  $ adder resume connector virustotal')
}

function named(what: 'automation' | 'connector'): Command {
  const example = what === 'automation' ? 'mock-scan' : 'virustotal'
  return withServerOptions(new Command(what))
    .description(`End the pause of ${what === 'automation' ? 'an automation' : 'a connector'}.`)
    .argument('<name>', `the ${what}'s name, as adder pause shows it`)
    .addHelpText('after', `\nExample:\n  $ adder resume ${what} ${example}`)
    .action((name: string, options: AskOptions) => resume({ what, name }, options))
}

async function resume(subject: { what: string; name?: string }, options: AskOptions): Promise<void> {
  const ended = await adderClient(options).post('/api/pauses/resume', Pause, subject)
  if (options.json) return console.log(JSON.stringify(ended))
  const { what, name, since } = ended
  const said = plain(name === undefined ? what : `${what} ${name}`)
  console.log(`Resumed: ${said}, which was paused since ${shownTime(since)} UTC.`)
}
