import { type DestinationStream, type Logger, pino } from 'pino'
import { secretValues } from '../secrets/secret.ts'

export interface LogOptions {
  /** Default `info`. */
  level?: string
  /** Default: the standard output. */
  destination?: DestinationStream
}

/** A pino logger from which no known secret gets out, whoever writes to it: each line is masked as a whole. */
export function createLog({ level = 'info', destination }: LogOptions = {}): Logger {
  const options = { level, hooks: { streamWrite: maskLine } }
  return destination === undefined ? pino(options) : pino(options, destination)
}

function maskLine(line: string): string {
  return secretValues().reduce((masked, value) => {
    const escaped = JSON.stringify(value).slice(1, -1)
    return masked.replaceAll(escaped, '[secret]')
  }, line)
}
