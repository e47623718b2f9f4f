import type { Logger } from 'pino'

/** What the history needs of a logger. */
export type HistoryLog = Pick<Logger, 'info' | 'warn' | 'error'>
