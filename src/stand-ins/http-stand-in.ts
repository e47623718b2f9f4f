import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { everyShare } from './every-share.ts'
import { listen } from './listen.ts'
import { router } from './router.ts'
import type { Misbehaviour, StandIn } from './stand-in.ts'

export interface StandInRequest {
  method: string
  /** Without the query, as it was sent. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The `:name` segments of the route, decoded. */
  params: Record<string, string>
  text: string
  /** The parsed body; undefined where it is empty or its content type is not JSON. */
  json: unknown
}

export interface StandInAnswer {
  /** Default 200. */
  status?: number
  headers?: Record<string, string>
  /** Sent as JSON; at most one of `json`, `html` and `text`. */
  json?: unknown
  html?: string
  text?: string
}

export type StandInHandler = (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>

export interface HttpStandInOptions {
  /** Handlers by method and path: `{ 'GET /rest/api/3/issue/:key': handler }`. The first that matches answers. */
  routes: Record<string, StandInHandler>
  /** The vendor's error body for 400 (not JSON), 404 (no such route), 429 and 500. Default: `{ error: message }`. */
  failure?(status: number, message: string): StandInAnswer
  /** Whether handlers also get what says that it is JSON and is not, with its `text` alone. Default: it is refused. */
  takesBadJson?: boolean
  /** Whether a request changes something, so that its answer can get lost. Default: every method but GET and HEAD. */
  isWrite?(method: string, path: string): boolean
  /** Pages for people, which never misbehave except by being down. Default: none. */
  isPage?(path: string): boolean
  /** Default 0: the system picks one. */
  port?: number
}

/** One request as it arrived, and the status that it got; undefined where the connection was cut instead. */
export interface RecordedRequest {
  method: string
  path: string
  query: string
  headers: IncomingHttpHeaders
  json: unknown
  status: number | undefined
}

export interface HttpStandIn extends StandIn {
  port: number
  /** The last 1,000 requests, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** Tells of each request, from now on, when it has arrived, and once more when it is done and not answered yet. */
  watch(tell: (moment: RequestMoment, request: RecordedRequest) => void): void
}

/** A request that is refused by misbehaviour is never `done`. */
export type RequestMoment = 'arrived' | 'done'

const maxBodyBytes = 16 * 1024 * 1024
const maxRecorded = 1000

/**
 * A stand-in that speaks HTTP on 127.0.0.1 and is listening once the promise resolves.
 *
 * Shares of a misbehaviour are exact and repeatable: of every ten requests after `misbehave({ broken: 0.3 })`, the
 * 4th, 7th and 10th are answered with 500. What is slow or loses its answer has done what was asked. Bodies over
 * 16 MiB cut the connection.
 */
export async function httpStandIn({
  routes,
  failure = (status, message) => ({ status, json: { error: message } }),
  isWrite = (method) => method !== 'GET' && method !== 'HEAD',
  isPage = () => false,
  takesBadJson = false,
  port: wantedPort = 0,
}: HttpStandInOptions): Promise<HttpStandIn> {
  const match = router(routes)
  const requests: RecordedRequest[] = []
  const stopped = new AbortController()
  let tell: (moment: RequestMoment, request: RecordedRequest) => void = () => undefined
  let ill = illness({})

  const server = createServer((request, response) => {
    // A connection that the other side has cut leaves nobody to tell.
    serve(request, response).catch(() => response.destroy())
  })
  const listening = await listen(server, { port: wantedPort, cut: () => server.closeAllConnections() })
  const { port } = listening

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readRequest(request)
    const record: RecordedRequest = { ...asked, query: asked.query.toString(), status: undefined }
    requests.push(record)
    if (requests.length > maxRecorded) requests.shift()

    tell('arrived', record)
    const mishap: Mishap = isPage(asked.path) ? {} : ill(isWrite(asked.method, asked.path))
    const answer = mishap.refusal ? refuse(mishap.refusal) : await perform(asked)
    if (mishap.refusal === undefined) tell('done', record)
    if (mishap.slowMs) await wait(mishap.slowMs, undefined, { signal: stopped.signal })
    if (mishap.lost) {
      response.destroy()
      return
    }
    record.status = answer.status ?? 200
    send(response, answer)
  }

  function refuse({ status, message, headers }: Refusal): StandInAnswer {
    const answer = failure(status, message)
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }

  function perform(request: Omit<StandInRequest, 'params'>): StandInAnswer | Promise<StandInAnswer> {
    if (!takesBadJson && isBadJson(request)) return failure(400, 'The body is not JSON')
    const matched = match(request.method, request.path)
    if (matched === undefined) return failure(404, `No such operation: ${request.method} ${request.path}`)
    return matched.handler({ ...request, params: matched.params })
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    watch(listener) {
      tell = listener
    },
    misbehave(how) {
      ill = illness(how)
      listening.setDown(how.down === true)
    },
    async close() {
      stopped.abort()
      listening.close()
    },
  }
}

interface Refusal {
  status: number
  message: string
  headers: Record<string, string>
}

interface Mishap {
  /** What is answered instead of doing what was asked. */
  refusal?: Refusal
  slowMs?: number | undefined
  /** The answer gets lost. */
  lost?: boolean
}

function illness(how: Misbehaviour): (isWrite: boolean) => Mishap {
  const isLimited = everyShare(how.rateLimited)
  const isBroken = everyShare(how.broken)
  const isLost = everyShare(how.lostAnswers)
  const { slowMs, retryAfterSeconds } = how
  const retryAfter: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }

  return (isWrite) => {
    if (isLimited()) return { refusal: { status: 429, message: 'Too many requests', headers: retryAfter }, slowMs }
    if (isBroken()) return { refusal: { status: 500, message: 'Internal server error', headers: {} }, slowMs }
    return { slowMs, lost: isWrite && isLost() }
  }
}

async function readRequest(request: IncomingMessage): Promise<Omit<StandInRequest, 'params'>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new Error(`The body is larger than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const text = Buffer.concat(chunks).toString('utf8')
  const { headers, method = 'GET' } = request
  return { method, path: pathname, query: searchParams, headers, text, json: parse(text, headers) }
}

function parse(text: string, headers: IncomingHttpHeaders): unknown {
  if (text === '' || !isJson(headers)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isBadJson({ text, json, headers }: { text: string; json: unknown; headers: IncomingHttpHeaders }): boolean {
  return text !== '' && json === undefined && isJson(headers)
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

function send(response: ServerResponse, { status = 200, headers = {}, json, html, text }: StandInAnswer): void {
  const type = json !== undefined ? 'application/json' : html !== undefined ? 'text/html' : 'text/plain'
  const body = json !== undefined ? JSON.stringify(json) : (html ?? text ?? '')
  const withType = body === '' ? headers : { 'content-type': `${type};charset=UTF-8`, ...headers }
  response.writeHead(status, withType).end(body)
}
