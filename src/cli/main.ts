#!/usr/bin/env node
import { Command } from 'commander'
import { AdderError } from '../errors/adder-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { checkCommand } from './check.ts'
import { demoCommand } from './demo.ts'
import { openApiCommand } from './openapi.ts'
import { startCommand } from './start.ts'
import { version } from './version.ts'

const program = new Command('adder')
  .description('Security automation in TypeScript: alerts become tickets, tickets get their answers, once.')
  .version(version)
  .showHelpAfterError('(add --help for how to use it)')

for (const command of [startCommand(), demoCommand(), checkCommand(), openApiCommand()]) program.addCommand(command)

try {
  await program.parseAsync()
} catch (error) {
  // What Adder says of itself is for people; anything else is a fault of Adder's and needs its trace.
  const text = error instanceof AdderError ? error.message : error instanceof Error ? error.stack : String(error)
  console.error(maskSecrets(`adder: ${text}`))
  process.exitCode = 1
}
