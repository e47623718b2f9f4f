import type { FastifyReply } from 'fastify'
import { maskSecrets } from '../secrets/secret.ts'
import { discardBody, hasUnreadBody } from './discard-body.ts'
import type { Exchange } from './exchange.ts'
import type { Problem } from './problem.ts'
import { type Answered, problemOf } from './problem-of.ts'

/** Answers what was thrown as a problem document (RFC 9457), and logs what only the log may know. */
export function sendProblem(thrown: unknown, exchange: Exchange, reply: FastifyReply): FastifyReply {
  const answered = problemOf(thrown)
  const { problem } = answered
  exchange.problem = problem.code
  exchange.errorId = answered.errorId
  logFailure(answered, exchange)

  if (hasUnreadBody(exchange.raw.raw)) {
    // Fastify sets it where a body is too large, and Node then ends the connection at once.
    reply.removeHeader('connection')
    discardBody(exchange.raw.raw)
  }
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, 'x-content-type-options': 'nosniff' })
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument(problem, exchange.id, answered.errorId)))
}

/** The document for a problem. Secrets that Adder knows are masked in its sentence. */
export function problemDocument(problem: Problem, requestId: string, errorId?: string): Record<string, unknown> {
  return {
    ...problem.members,
    type: `urn:adder:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: maskSecrets(problem.message),
    instance: `urn:uuid:${requestId}`,
    code: problem.code,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    ...(errorId === undefined ? {} : { errorId }),
  }
}

function logFailure({ logged, errorId }: Answered, exchange: Exchange): void {
  if (logged === undefined) return
  const { level, error } = logged
  exchange.log[level]({ errorId, error }, 'request failed')
}
