import { type Command, InvalidArgumentError } from 'commander'

/** Reads an option that is a whole number within these bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    const bounds = `${least.toLocaleString('en')} to ${most.toLocaleString('en')}`
    throw new InvalidArgumentError(`It must be a whole number, ${bounds}.`)
  }
}

/** Runs a benchmark's command to its end, and ends the process. */
export async function run(program: Command): Promise<never> {
  try {
    await program.parseAsync()
  } catch (error) {
    console.error(`${program.name()}: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
  // Whatever a measured part has left open must not keep the benchmark from ending.
  process.exit()
}
