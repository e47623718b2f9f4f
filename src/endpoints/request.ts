import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** Who is asking. */
export interface Caller {
  /** Shown in logs: the name of the token, of the sender. */
  name: string
  /** What the caller may do; empty where its auth knows no scopes. */
  scopes: readonly string[]
}

/** A request before its body has been read and its parts have been checked. */
export interface UncheckedRequest {
  /** Made by Adder, in the answer's `x-request-id`, in the log and in problem documents; a UUID. */
  readonly id: string
  readonly method: string
  /** The endpoint's path, `/users/:name`; never what was asked for, which may hold secrets. */
  readonly route: string
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
  readonly caller: Caller | undefined
  /** The path's parameters as they came, percent-decoded. */
  readonly rawParams: Readonly<Record<string, string | undefined>>
  /** The query as it came, percent-decoded; a repeated key is a list. */
  readonly rawQuery: Readonly<Record<string, string | string[] | undefined>>
  /** Carries the request's id and route. */
  readonly log: Logger
  /** Fastify's own request, for what is not here. */
  readonly raw: FastifyRequest
}

/** A request whose parts are what the endpoint declares. */
export interface EndpointRequest extends UncheckedRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}
