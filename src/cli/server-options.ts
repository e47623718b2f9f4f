import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ServerOptions } from './adder-client.ts'

/** What every command that asks a running Adder has: which one, and how the answer is printed. */
export interface AskOptions extends ServerOptions {
  json?: boolean
}

export interface ListOptions extends AskOptions {
  limit: number
  after?: string
}

/** Gives a command the options that name the running Adder, and `--json`. */
export function withServerOptions(command: Command): Command {
  return command
    .option('-d, --data <folder>', 'the data folder of the running Adder', '.adder')
    .option('--server <url>', 'ask the Adder at this address, with the token in ADDER_TOKEN', readServer)
    .option('--json', 'print the answer as one JSON value')
}

/** Gives a command the options of a list. */
export function withPageOptions(command: Command): Command {
  return command
    .option('-n, --limit <count>', 'how many at most, 1 to 200', readLimit, 20)
    .option('--after <place>', 'the next page: what the page before ended with')
}

/** `--since`: a time, or how long ago. */
export function sinceOption(): Option {
  return new Option('--since <when>', 'not before: 2026-11-24T08:00:00Z, or 90m, 2h, 7d ago').argParser(readSince)
}

function readServer(text: string): string {
  const { protocol } = URL.parse(text) ?? {}
  if (protocol === 'http:' || protocol === 'https:') return text
  throw new InvalidArgumentError('An address such as https://adder.acme.example.')
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (/^\d{1,3}$/.test(text) && limit >= 1 && limit <= 200) return limit
  throw new InvalidArgumentError('A count from 1 to 200.')
}

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function readSince(text: string): string {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count !== undefined && (unit === 'm' || unit === 'h' || unit === 'd'))
    return new Date(Date.now() - Number(count) * unitsMs[unit]).toISOString()
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new InvalidArgumentError('A time such as 2026-11-24T08:00:00Z, or 90m, 2h, 7d.')
}
