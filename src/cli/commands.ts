import { Command } from 'commander'
import { checkCommand } from './check.ts'
import { deliveriesCommand } from './deliveries.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { findCommand } from './find.ts'
import { openApiCommand } from './openapi.ts'
import { pauseCommand } from './pause.ts'
import { quotaCommand } from './quota.ts'
import { resumeCommand } from './resume.ts'
import { runsCommand } from './runs.ts'
import { startCommand } from './start.ts'
import { suppressionsCommand } from './suppressions.ts'
import { version } from './version.ts'
import { whyCommand } from './why.ts'

/** The command line: `adder` and its commands. */
export function commands(): Command {
  const program = new Command('adder')
    .description('Security automation in TypeScript: alerts become tickets, tickets get their\nanswers, once.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'adder:')) })
    .addHelpText('after', '\nExamples:\n  $ adder demo\n  $ adder start --config ./soc\n  $ adder check --help')
  const running = [demoCommand(), startCommand(), checkCommand(), doctorCommand(), openApiCommand()]
  const asking = [deliveriesCommand(), runsCommand(), findCommand(), whyCommand(), quotaCommand()]
  const steering = [pauseCommand(), resumeCommand(), suppressionsCommand()]
  for (const command of [...running, ...asking, ...steering]) {
    inherit(command, program)
    refuseOthers(command)
    program.addCommand(command)
  }
  return program
}

/** A command and all below it speak as the whole program does. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
}

/** Where a command lists by itself, what is none of its commands would else be said to be too much for `ls`. */
function refuseOthers(parent: Command): void {
  const names = parent.commands.map((command) => command.name())
  const ls = parent.commands.find((command) => command.name() === 'ls')
  ls?.allowExcessArguments().hook('preAction', ({ args: [other] }) => {
    if (other !== undefined) parent.error(`error: unknown command '${other}'\nThere are ${names.join(', ')}.`)
  })
}
