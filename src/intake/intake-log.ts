import type { Logger } from 'pino'

/** What intake needs of a logger; the server's own and Fastify's both have it. */
export type IntakeLog = Pick<Logger, 'info' | 'warn' | 'error'>
