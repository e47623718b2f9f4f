import { Command, Option } from 'commander'
import type { DemoOptions } from './demo/run-demo.ts'
import { systems } from './demo/systems.ts'

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Show the whole way of an alert on this machine, with stand-ins for Splunk, Jira, Active Directory and VirusTotal.',
    )
    .option('--once', 'end when the first ticket has its answers, and the tour is over')
    .addOption(new Option('--json', 'as --once, and print nothing but one JSON object').implies({ once: true }))
    .addOption(
      new Option(
        '--tour',
        'go on to a Splunk search, an Ansible playbook, a pull request, a Jenkins job and the Roomba',
      ).conflicts('break'),
    )
    .addOption(new Option('--break <system>', 'have one system down for the first 15 seconds').choices(systems))
    .addHelpText(
      'after',
      `
With --once it ends with 0, or with 1 and the reason when the ticket has no
answers after a minute. The object of --json is
{ event, ticket: { key, url }, comments, milliseconds }, and with --tour
tour: [{ stop, ticket, comment, milliseconds }] besides. The tour ends with 1
and the reason at the first stop that does not go well.

Examples:
  $ adder demo
  $ adder demo --tour
  $ adder demo --break directory
  $ adder demo --json`,
    )
    .action(demo)
}

async function demo(options: DemoOptions): Promise<void> {
  // The stand-ins are for the demo alone: no other command has to load them.
  const { runDemo } = await import('./demo/run-demo.ts')
  await runDemo(options)
}
