import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Exchange } from './exchange.ts'
import { type ProblemCode, problem } from './problem-types.ts'
import { problemDocument } from './send-problem.ts'

/** The requests whose answers are not out yet, by their sockets. */
export type InFlight = WeakMap<Socket, Exchange>

/**
 * Answers what Node gives up on before or while Fastify has it (https://nodejs.org/api/http.html#event-clienterror):
 * bytes that are not HTTP, headers that are too large, requests that do not arrive in time. Then the connection ends.
 */
export function answerBrokenHttp(
  error: NodeJS.ErrnoException,
  socket: Socket,
  seen: { inFlight: InFlight; log: Logger },
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error)
    return
  }
  const { code, detail } = meaning(error.code)
  const answer = problem(code, detail)
  const exchange = seen.inFlight.get(socket)
  const id = exchange?.id ?? randomUUID()
  if (exchange === undefined) {
    const line = {
      requestId: id,
      method: null,
      route: '(none)',
      status: answer.status,
      ms: 0,
      caller: null,
      bytesIn: 0,
    }
    seen.log.info({ ...line, problem: code }, 'request')
  } else {
    exchange.status = answer.status
    exchange.problem = code
  }
  const document = JSON.stringify(problemDocument(answer, id))
  const head = [
    `HTTP/1.1 ${answer.status} ${answer.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(document)}`,
    'Connection: close',
    `X-Request-Id: ${id}`,
    ...safetyHeaders,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${document}`)
}

/** Those of all other answers that say something about a document: it must not be sniffed, run, framed or shared. */
const safetyHeaders = [
  'X-Content-Type-Options: nosniff',
  "Content-Security-Policy: default-src 'none';frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy: same-origin',
  'Referrer-Policy: no-referrer',
]

function meaning(code: string | undefined): { code: ProblemCode; detail: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'endpoint.too_slow', detail: 'The request did not arrive in the time that there is for it.' }
    case 'HPE_HEADER_OVERFLOW':
      return { code: 'endpoint.headers_too_large', detail: 'The address and the headers are larger than is read.' }
    default:
      return { code: 'endpoint.bad_http', detail: 'What arrived is not an HTTP request.' }
  }
}
