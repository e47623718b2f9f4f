import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Caller, EndpointRequest } from './request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange
  }
}

/** A request on its way through the server, and what its log line will say. */
export class Exchange implements EndpointRequest {
  readonly id: string
  readonly raw: FastifyRequest
  readonly startedAt: number
  caller: Caller | undefined
  params: unknown
  query: unknown
  body: unknown
  bytesIn = 0
  /** The code of the problem that was answered. */
  problem: string | undefined
  errorId: string | undefined
  /** Set where the answer did not go through Fastify. */
  status: number | undefined
  readonly #log: Logger
  #childLog: Logger | undefined

  constructor(raw: FastifyRequest, log: Logger) {
    this.id = raw.id
    this.raw = raw
    this.startedAt = performance.now()
    this.#log = log
  }

  get method(): string {
    return this.raw.method
  }

  get route(): string {
    return this.raw.routeOptions.url ?? '(none)'
  }

  get headers(): IncomingHttpHeaders {
    return this.raw.headers
  }

  get remoteAddress(): string {
    return this.raw.ip
  }

  get rawParams(): Readonly<Record<string, string | undefined>> {
    // Fastify types params as unknown; its router gives texts.
    return this.raw.params as Record<string, string | undefined>
  }

  get rawQuery(): Readonly<Record<string, string | string[] | undefined>> {
    // Fastify types the query as unknown; its parser gives texts and lists of texts.
    return this.raw.query as Record<string, string | string[] | undefined>
  }

  /** Made on first use: most requests write nothing but their own line. */
  get log(): Logger {
    this.#childLog ??= this.#log.child({ requestId: this.id, route: this.route })
    return this.#childLog
  }
}
