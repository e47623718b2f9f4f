#!/usr/bin/env node
import { Command } from 'commander'
import { AdderError } from '../errors/adder-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { checkCommand } from './check.ts'
import { deliveriesCommand } from './deliveries.ts'
import { demoCommand } from './demo.ts'
import { findCommand } from './find.ts'
import { openApiCommand } from './openapi.ts'
import { runsCommand } from './runs.ts'
import { startCommand } from './start.ts'
import { version } from './version.ts'
import { whyCommand } from './why.ts'

const program = new Command('adder')
  .description('Security automation in TypeScript: alerts become tickets, tickets get their answers, once.')
  .version(version)
  .showHelpAfterError('(add --help for how to use it)')

const commands = [startCommand(), demoCommand(), checkCommand(), openApiCommand()]
const asking = [deliveriesCommand(), runsCommand(), findCommand(), whyCommand()]
for (const command of [...commands, ...asking]) program.addCommand(command)

try {
  await program.parseAsync()
} catch (error) {
  // What Adder says of itself is for people; anything else is a fault of Adder's and needs its trace.
  const text = error instanceof AdderError ? error.message : error instanceof Error ? error.stack : String(error)
  console.error(maskSecrets(`adder: ${text}`))
  process.exitCode = 1
}
