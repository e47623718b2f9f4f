import { Command } from 'commander'
import { checkCommand } from './check.ts'
import { demoCommand } from './demo.ts'
import { openApiCommand } from './openapi.ts'
import { startCommand } from './start.ts'
import { version } from './version.ts'

/** The command line: `adder` and its commands. */
export function commands(): Command {
  const program = new Command('adder')
    .description('Security automation in TypeScript: alerts become tickets, tickets get their\nanswers, once.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'adder:')) })
    .addHelpText('after', '\nExamples:\n  $ adder demo\n  $ adder start --config ./soc\n  $ adder check --help')
  for (const command of [demoCommand(), startCommand(), checkCommand(), openApiCommand()])
    program.addCommand(command.copyInheritedSettings(program))
  return program
}
