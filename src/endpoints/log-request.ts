import type { FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import type { Exchange } from './exchange.ts'

/** Stands for an answer that the caller did not wait for; nginx's number for it. */
const abandoned = 499

/** One line per request, always with the same fields, and never with the address that was asked for. */
export function logRequest(log: Logger, exchange: Exchange, reply: FastifyReply): void {
  const { id, method, route, startedAt, caller, bytesIn, problem, errorId } = exchange
  log.info(
    {
      requestId: id,
      method,
      route,
      status: exchange.status ?? (reply.raw.writableEnded ? reply.statusCode : abandoned),
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
      caller: caller?.name ?? null,
      bytesIn,
      ...(problem === undefined ? {} : { problem }),
      ...(errorId === undefined ? {} : { errorId }),
    },
    'request',
  )
}
