import type { Logger } from 'pino'
import type * as z from 'zod'
import type { Auth } from './auth.ts'
import type { Bytes } from './bytes.ts'
import type { EndpointContext } from './endpoint-context.ts'
import type { OutcomeLike } from './outcome.ts'
import type { After, Before } from './plugin.ts'
import type { Caller, EndpointRequest } from './request.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Fields = Readonly<Record<string, z.ZodType>>
export type Body = z.ZodType | Bytes

/** What a JSON body or a field is once it has been checked. */
type Checked<F extends Fields> = z.output<z.ZodObject<F>>
type CheckedBody<B extends Body | undefined> = B extends Bytes ? Buffer : B extends z.ZodType ? z.output<B> : undefined

/** What `run` gives back: nothing where the endpoint declares no output. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is only used as a return type
type Result<O extends z.ZodType | undefined> = O extends z.ZodType ? z.input<O> | OutcomeLike<z.input<O>> : void

export type RunInput<P extends Fields, Q extends Fields, H extends Fields, B extends Body | undefined> = {
  params: Checked<P>
  query: Checked<Q>
  headers: Checked<H>
  body: CheckedBody<B>
  request: EndpointRequest
  /** Undefined only where the auth is `open()`. */
  caller: Caller | undefined
  /** Carries the request's id and route. */
  log: Logger
} & EndpointContext

/** A request and its answer, shown in the documentation; checked against the schemas when the server is created. */
export interface Example {
  name: string
  params?: Readonly<Record<string, unknown>>
  query?: Readonly<Record<string, unknown>>
  body?: unknown
  output?: unknown
}

/** What all endpoints have in common. */
export interface Endpoint {
  method: Method
  /** Segments of letters, digits and `.~_-`, or a parameter: `/users/:name`. */
  path: string
  /** One line, for the list of endpoints. */
  summary: string
  /** Markdown. */
  description?: string
  tags?: readonly string[]
  /** Who may ask; `open()` for everybody. */
  auth: Auth
  /** A field for each parameter in the path. */
  params?: Fields
  /** Keys that are not declared here are refused; without it any query is ignored. */
  query?: Fields
  /** In lower case; others are ignored. */
  headers?: Fields
  /** The shape of the JSON body, or `bytes(…)` for the raw one. */
  body?: Body
  /** The largest JSON body that is read. Default 1 MiB. `bytes` brings its own. */
  maxBytes?: number
  /** The shape of the answer: what it does not declare is not sent. Left out: there is no answer but 204. */
  output?: z.ZodType
  /** The status of the answer. Default 200, without an output 204. */
  status?: number
  /** Run in this order, after those of the server. */
  before?: readonly Before[]
  /** Run in this order, before those of the server. */
  after?: readonly After[]
  examples?: readonly Example[]
  run(input: never): unknown
}

export interface EndpointDefinition<
  P extends Fields,
  Q extends Fields,
  H extends Fields,
  B extends Body | undefined,
  O extends z.ZodType | undefined,
> extends Omit<Endpoint, 'params' | 'query' | 'headers' | 'body' | 'output' | 'run'> {
  params?: P
  query?: Q
  headers?: H
  body?: B
  output?: O
  run(input: RunInput<P, Q, H, B>): Result<O> | Promise<Result<O>>
}

/**
 * A typed HTTP operation. `run` is called only with parts that are what is declared here, and only what `output`
 * declares is sent: a result that breaks it is answered as an internal error without its data.
 *
 * `run` may also give the outcome of a look-up: `found` sends its value, `not_found` becomes 404, `rate_limited` and
 * `failed` become 503. It may throw a `Problem`; what else it throws is answered without a word of it. What is wrong
 * with the definition itself is told by `createServer`.
 */
export function endpoint<
  const P extends Fields = Record<never, never>,
  const Q extends Fields = Record<never, never>,
  const H extends Fields = Record<never, never>,
  B extends Body | undefined = undefined,
  O extends z.ZodType | undefined = undefined,
>(definition: EndpointDefinition<P, Q, H, B, O>): Endpoint {
  // Optional properties whose type parameter may be undefined are not assignable under exactOptionalPropertyTypes.
  return definition as Endpoint
}
