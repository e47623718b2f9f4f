import { randomUUID } from 'node:crypto'
import { fastifyRateLimit } from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify'
import helmet from 'helmet'
import type { Logger } from 'pino'
import { ConfigError } from '../errors/config-error.ts'
import { answerBrokenHttp, type InFlight } from './broken-http.ts'
import { endpointFaults } from './check-endpoints.ts'
import { serveDocsPage } from './docs-page.ts'
import type { Endpoint } from './endpoint.ts'
import type { EndpointContext } from './endpoint-context.ts'
import { Exchange } from './exchange.ts'
import { health, type Readiness, readyEndpoint } from './health.ts'
import { HeldBodies } from './held-bodies.ts'
import { createLog } from './log.ts'
import { logRequest } from './log-request.ts'
import { openApiDocument } from './open-api.ts'
import type { After, Before } from './plugin.ts'
import { problem } from './problem-types.ts'
import { sendProblem } from './send-problem.ts'
import { serveEndpoint } from './serve-endpoint.ts'
import { type Token, tokensFrom } from './tokens.ts'
import { UnverifiedBytes } from './unverified-bytes.ts'

export interface ServerOptions {
  endpoints: readonly Endpoint[]
  /** The bearer tokens that `token(…)` knows. Default none. */
  tokens?: readonly Token[]
  /** Run on each of these endpoints, before its own; not on `/health` and `/ready`, which have to answer always. */
  before?: readonly Before[]
  /** Run on each of these endpoints, after its own. */
  after?: readonly After[]
  /** What every `run` gets besides the request. */
  context?: EndpointContext
  /** What `/ready` asks. Default: ready as soon as the server listens. */
  ready?: Readiness
  /** Default: `createLog()`, to the standard output. */
  log?: Logger
  /** In the documentation. Default `Adder`. */
  title?: string
  /** In the documentation. Default `0.0.0`. */
  version?: string
  /** How long a whole request may take to arrive, in milliseconds. Default 10,000. */
  requestTimeoutMs?: number
  /** Addresses or networks whose `X-Forwarded-For` is believed: `['127.0.0.1']`. Default none. */
  trustedProxies?: readonly string[]
}

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * An HTTP server for these endpoints, with `/health`, `/ready`, `/openapi.json` and `/docs`. It does not listen yet:
 * call `listen({ host, port })`, or `inject` in tests; `close()` ends it once the requests in flight are answered.
 *
 * Throws a `ConfigError` that names everything that is wrong with the endpoints at once.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const {
    log = createLog(),
    context = {} as EndpointContext,
    before = [],
    after = [],
    ready = async () => ({ isReady: true, checks: {} }),
  } = options
  const faults = endpointFaults(options.endpoints)
  if (faults.length > 0) throw new ConfigError(faults)

  const endpoints = [health, readyEndpoint(ready), ...options.endpoints.map((each) => withPlugins(each, before, after))]
  const inFlight: InFlight = new WeakMap()
  const server = bareServer(options, { log, inFlight })
  closeConnectionsAsTheyFallIdle(server)
  readRawBodies(server)
  answerErrors(server)
  startExchanges(server, { log, inFlight })
  setSecurityHeaders(server)
  server.register(fastifyRateLimit, { global: false })

  const services = { tokens: tokensFrom(options.tokens ?? []) }
  const bodies = { unverified: new UnverifiedBytes(), held: new HeldBodies() }
  for (const each of endpoints) server.route(serveEndpoint(each, { services, context, ...bodies }))
  serveDocsPage(server, openApiDocument(endpoints, options))
  return server
}

function withPlugins(endpoint: Endpoint, before: readonly Before[], after: readonly After[]): Endpoint {
  return {
    ...endpoint,
    before: [...before, ...(endpoint.before ?? [])],
    after: [...(endpoint.after ?? []), ...after],
    run: endpoint.run.bind(endpoint),
  }
}

/** Answers are data: nothing in them may load, run or be framed. */
const apiPolicy = {
  useDefaults: false,
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
}

function setSecurityHeaders(server: FastifyInstance): void {
  const secure = helmet({ contentSecurityPolicy: apiPolicy })
  server.addHook('onRequest', ({ raw }, reply, done) => {
    secure(raw, reply.raw, (error) => done(error as Error | undefined)) // its type leaves open what it fails with
  })
}

function bareServer(
  { requestTimeoutMs = 10_000, trustedProxies = [] }: ServerOptions,
  seen: { log: Logger; inFlight: InFlight },
): FastifyInstance {
  return Fastify({
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // A plugin that takes its time to load on a busy machine is no fault.
    pluginTimeout: 0,
    requestTimeout: requestTimeoutMs,
    http: {
      // Node looks for late requests only this often, every 30 seconds by default.
      connectionsCheckingInterval: Math.max(50, Math.min(1000, requestTimeoutMs / 4)),
      // Its default of 60 seconds would become the limit: Node swaps the two where this one is the larger.
      headersTimeout: requestTimeoutMs,
    },
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // Long enough that the endpoint's own field, and not the router, says what is wrong.
    routerOptions: { maxParamLength: 4096 },
    // Requests on connections that stay open while the server closes are answered like others.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerBrokenHttp(error, socket, seen),
    frameworkErrors: (error, request, reply) => {
      startExchange(request, reply, seen)
      sendProblem(error, request.exchange, reply)
    },
  })
}

/** Node closes the connections that are idle when the closing begins; those that are answered later are its own to end. */
function closeConnectionsAsTheyFallIdle(server: FastifyInstance): void {
  server.addHook('preClose', (done) => {
    const timer = setInterval(() => server.server.closeIdleConnections(), 50)
    server.server.once('close', () => clearInterval(timer))
    done()
  })
}

/** The bytes as they came, whatever their type: each endpoint decides what to make of them. */
function readRawBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => sendProblem(error, request.exchange, reply))
  server.setNotFoundHandler((request, reply) => sendProblem(notFound(server, request), request.exchange, reply))
}

function notFound(server: FastifyInstance, { url }: FastifyRequest) {
  const [path = '/'] = url.split('?')
  const allowed = methods.filter((method) => server.findRoute({ method, url: path }) !== null)
  if (allowed.length === 0) return problem('endpoint.no_such_path', 'There is no endpoint at this path.')
  return problem('endpoint.method_not_allowed', `The path takes ${allowed.join(', ')}.`, {
    headers: { allow: allowed.join(', ') },
  })
}

function startExchanges(server: FastifyInstance, seen: { log: Logger; inFlight: InFlight }): void {
  // Fastify wants to know a request's properties beforehand; each request gets its own before anything reads it.
  server.decorateRequest('exchange', null as unknown as Exchange)
  server.addHook('onRequest', (request, reply, done) => {
    startExchange(request, reply, seen)
    done()
  })
}

function startExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, inFlight }: { log: Logger; inFlight: InFlight },
) {
  const exchange = new Exchange(request, log)
  request.exchange = exchange
  reply.header('x-request-id', exchange.id)
  const { socket } = request.raw
  inFlight.set(socket, exchange)
  reply.raw.once('close', () => {
    if (inFlight.get(socket) === exchange) inFlight.delete(socket)
    logRequest(log, exchange, reply)
  })
}
