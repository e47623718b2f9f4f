#!/usr/bin/env node
import { maskSecrets } from '../secrets/secret.ts'
import { commands } from './commands.ts'
import { errorText } from './error-text.ts'

const program = commands()

// Whoever read along may leave (`adder demo | head`); what is under way still has to end well.
process.stdout.on('error', () => undefined)

try {
  if (process.argv.length <= 2) program.outputHelp()
  else await program.parseAsync()
} catch (error) {
  console.error(maskSecrets(`adder: ${errorText(error)}`))
  process.exitCode = 1
}
// A look-up that gets no answer would hold the process for as long as it has time.
process.exit()
