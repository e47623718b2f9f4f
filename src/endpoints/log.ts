import { type DestinationStream, type Logger, pino } from 'pino'
import { maskSecrets } from '../secrets/secret.ts'

export interface LogOptions {
  /** Default `info`. */
  level?: string
  /** Default: the standard output. */
  destination?: DestinationStream
}

/** Lines are written together, because each write costs as much as ten lines; at most so late, in milliseconds. */
const gatherMs = 50
const gatherBytes = 4096

/** A pino logger from which no known secret gets out, whoever writes to it: each line is masked as a whole. */
export function createLog({ level = 'info', destination }: LogOptions = {}): Logger {
  const options = { level, hooks: { streamWrite: maskSecrets } }
  return pino(
    options,
    destination ?? pino.destination({ sync: false, minLength: gatherBytes, periodicFlush: gatherMs }),
  )
}
