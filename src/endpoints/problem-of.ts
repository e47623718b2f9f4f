import { randomUUID } from 'node:crypto'
import { AdderError } from '../errors/adder-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { Problem } from './problem.ts'
import { problem } from './problem-types.ts'

/** What a thrown value is answered as, and what of it belongs in the log. */
export interface Answered {
  problem: Problem
  /** Given to the caller and to the log where the log knows more than the caller. */
  errorId?: string
  /** For the log: the thrown value's own words, secrets masked. */
  logged?: { level: 'warn' | 'error'; error: LoggedError }
}

export interface LoggedError {
  name: string
  code?: string
  message: string
  stack?: string
}

/**
 * A `Problem` is answered in its own words, an error of Adder's that is the caller's fault with 400 and its message,
 * other errors of Adder's with 500 or 503 and their code, and everything else with 500 and nothing of it.
 */
export function problemOf(thrown: unknown): Answered {
  if (thrown instanceof Problem) {
    if (thrown.cause === undefined) return { problem: thrown }
    return withLog(thrown, 'warn', thrown)
  }
  if (thrown instanceof AdderError) return answerAdderError(thrown)
  const fromFastify = problemOfFastify(thrown)
  if (fromFastify !== undefined) return { problem: fromFastify }
  return withLog(
    problem('endpoint.internal', 'Something in Adder failed; its log says what, under the error id.'),
    'error',
    thrown,
  )
}

function answerAdderError(error: AdderError): Answered {
  const { code, fault, next } = error
  if (fault === 'caller') return { problem: new Problem({ status: 400, code, detail: error.message }) }
  const isLasting = next === 'never'
  const masked = new Problem({
    status: isLasting ? 500 : 503,
    code,
    title: isLasting ? 'Adder failed' : 'Not available at the moment',
    detail: 'The log says what failed, under the error id.',
    headers: isLasting ? {} : { 'retry-after': String(secondsToWait(error)) },
  })
  return withLog(masked, 'warn', error)
}

/** Until the time that the error carries, where it carries one; else a few seconds. */
function secondsToWait(error: AdderError): number {
  if (!('until' in error) || !(error.until instanceof Date)) return 5
  return Math.max(1, Math.ceil((error.until.getTime() - Date.now()) / 1000))
}

function withLog(answer: Problem, level: 'warn' | 'error', thrown: unknown): Answered {
  return { problem: answer, errorId: randomUUID(), logged: { level, error: describe(thrown) } }
}

function describe(thrown: unknown): LoggedError {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: maskSecrets(String(thrown)) }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {}
  const stack = thrown.stack === undefined ? {} : { stack: maskSecrets(withCauses(thrown)) }
  return { name: thrown.name, ...code, message: maskSecrets(thrown.message), ...stack }
}

function withCauses(error: Error): string {
  const parts = [error.stack ?? error.message]
  for (let cause = error.cause, depth = 0; cause !== undefined && depth < 5; depth += 1) {
    parts.push(`caused by ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return parts.join('\n')
}

/** Fastify's own refusals (https://fastify.dev/docs/latest/Reference/Errors/); its words may quote the request. */
function problemOfFastify(thrown: unknown): Problem | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('statusCode' in thrown)) return undefined
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('endpoint.too_large', 'The body is larger than this endpoint reads.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('endpoint.unsupported_media_type', 'The Content-Type header is not a media type.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return problem('endpoint.bad_http', 'The body is not as long as Content-Length says.')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return problem(
        'endpoint.bad_http',
        'The path has a percent-encoding that means nothing, or a part that is too long.',
      )
    case 'ECONNRESET':
      return problem('endpoint.bad_http', 'The connection ended before the body did.')
    default:
      return undefined
  }
}
