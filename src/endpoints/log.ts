import { type DestinationStream, type Logger, pino } from 'pino'
import { maskSecrets } from '../secrets/secret.ts'

export interface LogOptions {
  /** Default `info`. */
  level?: string
  /** Default: the standard output. */
  destination?: DestinationStream
}

/** A pino logger from which no known secret gets out, whoever writes to it: each line is masked as a whole. */
export function createLog({ level = 'info', destination }: LogOptions = {}): Logger {
  const options = { level, hooks: { streamWrite: maskSecrets } }
  return destination === undefined ? pino(options) : pino(options, destination)
}
