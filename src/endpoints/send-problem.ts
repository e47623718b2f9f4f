import type { FastifyReply } from 'fastify'
import { maskSecrets } from '../secrets/secret.ts'
import type { Exchange } from './exchange.ts'
import type { Problem } from './problem.ts'
import { type Answered, problemOf } from './problem-of.ts'

/** The largest rest of a body that is read and thrown away to keep the connection. */
const maxUnreadBytes = 64 * 1024

/** Answers what was thrown as a problem document (RFC 9457), and logs what only the log may know. */
export function sendProblem(thrown: unknown, exchange: Exchange, reply: FastifyReply): FastifyReply {
  const answered = problemOf(thrown)
  const { problem } = answered
  exchange.problem = problem.code
  exchange.errorId = answered.errorId
  logFailure(answered, exchange)

  // Node reads the rest of a body to keep the connection; from a caller that was refused it must not.
  if (hasUnreadBody(exchange)) reply.header('connection', 'close')
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

function hasUnreadBody({ raw }: Exchange): boolean {
  if (raw.raw.complete) return false
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  return encoding !== undefined || Number(length ?? 0) > maxUnreadBytes
}
