import type * as z from 'zod'
import { expectOptions } from '../errors/expect-options.ts'
import { checkedInput } from './checked-input.ts'
import type { Connector, ConnectorDefinition, Effects, Lookup, Lookups } from './connector.ts'
import type { About, CallOptions, Effect, EffectCall } from './effect.ts'
import type { FreshFor } from './fresh-for.ts'
import type { HttpAuth } from './http-auth.ts'
import { type HttpAnswer, type HttpRequest, httpClient, parseAnswer } from './http-client.ts'
import { type Answer, found, notFound } from './outcome.ts'
import { checkQuota, type Quota } from './quota.ts'

export { basic, bearer, type HttpAuth, header, type RequestToSign } from './http-auth.ts'
export { path } from './http-client.ts'
export { isPublicAddress } from './is-public-address.ts'

/** What is sent: a path below the base URL, built with `path`, and as much else as the operation needs. */
export type HttpCall = Pick<HttpRequest, 'method' | 'path' | 'query' | 'body' | 'plainAnswer'>

/** The same, as far as it may be meant to only read: searches are often POST. */
export type HttpQuery = HttpCall & { method?: 'GET' | 'POST' }

/** What one look-up or effect sends through. */
export interface HttpChannel {
  /** See `httpClient`. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The operation in error messages: `AbuseIPDB: check`. */
  what: string
}

/** Look-ups or effects by their names, each of which is one as soon as it has something to send through. */
type Operations<T> = Record<string, (channel: HttpChannel) => T>

export interface HttpConnectorOptions<L extends Operations<Lookups[string]>, E extends Operations<Effects[string]>> {
  /** The integration: `abuseipdb`. */
  integration: string
  /** The outside system's name as people write it: `AbuseIPDB`. */
  title: string
  /** The vendor's documentation that it was built from. */
  docs: string
  /** Every request goes to this host and below this path. `https`, except to this machine. */
  baseUrl: string
  /** Whether the host is on the internet, so that a name that leads into one's own network is refused. Default false. */
  isPublic?: boolean
  /**
   * Whether its look-ups tell somebody outside the organisation what they ask about, and so may not be asked about what
   * is one's own. Default false.
   */
  isOutside?: boolean
  /** How it says who asks: `bearer`, `header` or `basic`. */
  auth: HttpAuth | 'none'
  /** How often its look-ups may ask. Default: as often as they like. */
  quota?: Quota
  /** How long the answers of its look-ups may be used again. Default: each look-up asks anew. */
  freshFor?: { readonly [K in keyof L]?: FreshFor }
  lookups: L
  effects: E
  /** A request that changes nothing and is answered with success to whoever may ask. */
  probe: HttpQuery
}

/**
 * A connector of an HTTP API with JSON. Its look-ups and effects check their input before anything is sent, send through
 * `httpClient`, and take nothing for an answer that is not as documented.
 *
 * @throws ConfigError that names every option that is missing or that there is not, where the quota is none, and when it
 * connects, where the base URL is none.
 */
export function connector<L extends Operations<Lookups[string]>, E extends Operations<Effects[string]>>(
  options: HttpConnectorOptions<L, E>,
): ConnectorDefinition<Connector<Connected<L>, Connected<E>>> {
  expectOptions<HttpConnectorOptions<Operations<Lookups[string]>, Operations<Effects[string]>>>(
    'http.connector',
    options,
    {
      integration: 'string',
      title: 'string',
      docs: 'string',
      baseUrl: 'string',
      isPublic: 'any?',
      isOutside: 'any?',
      auth: 'any',
      quota: 'any?',
      freshFor: 'any?',
      lookups: 'any',
      effects: 'any',
      probe: 'any',
    },
  )
  const {
    integration,
    title,
    docs,
    baseUrl,
    isPublic = false,
    isOutside = false,
    auth,
    quota = [],
    freshFor = {},
    lookups,
    effects,
    probe,
  } = options
  checkQuota(quota, `the quota of ${title}`)
  const { secrets, headers, sign }: HttpAuth = auth === 'none' ? { secrets: [], headers: () => ({}) } : auth
  return {
    integration,
    title,
    docs,
    secrets,
    connect() {
      const send = httpClient({ title, baseUrl, isPublic, headers, sign })
      const channel = (name: string): HttpChannel => ({ send, what: `${title}: ${name}` })
      return {
        lookups: connected(lookups, channel),
        effects: connected(effects, channel),
        isOutside,
        quota,
        freshFor,
        async probe({ signal }) {
          await send({ ...probe, signal })
        },
        async close() {
          // Connections are the process's own and end when they are idle.
        },
      }
    },
  }
}

type Connected<O extends Operations<unknown>> = { [K in keyof O]: ReturnType<O[K]> }

function connected<O extends Operations<unknown>>(operations: O, channel: (name: string) => HttpChannel): Connected<O> {
  const bound = Object.entries(operations).map(([name, operation]) => [name, operation(channel(name))])
  return Object.fromEntries(bound) as Connected<O> // the same names, each with what it returned
}

/** A question and how its answer is read. */
export interface Question<Input, Call, A extends z.ZodType, T> {
  request(input: Input, call: Call): HttpQuery
  /** The answer as the vendor documents it, as far as it is read. */
  answer: A
  /** What the answer says, in Adder's spelling; undefined where it says that there is nothing. */
  found(answer: z.output<A>, input: Input, call: Call): T | undefined
  /**
   * The status that says that there is nothing, and the body that goes with it, which tells it from the 404 of a wrong
   * address. Default: no status does.
   */
  notFound?: { status: number; answer: z.ZodType }
}

export interface LookupOptions<I extends z.ZodType, A extends z.ZodType, T>
  extends Question<z.output<I>, CallOptions, A, T> {
  /** What may be asked, with its bounds. */
  input: I
}

/**
 * A look-up: a request that only reads.
 *
 * @throws ConnectorInputInvalid, when it is called, where the input is not as `input` says; nothing is sent then.
 * @throws ConnectorAnswerInvalid, when it is called, where the answer is not as `answer` says. Both name the fields, and
 * not their values. `httpClient` throws the rest.
 */
export function lookup<I extends z.ZodType, A extends z.ZodType, T>({
  input,
  ...question
}: LookupOptions<I, A, T>): (channel: HttpChannel) => Lookup<z.input<I>, T> {
  return (channel) => async (given, call) => ask(channel, question, checked(input, given, channel), call)
}

export type EffectOptions<I extends z.ZodType, A extends z.ZodType, R, F extends z.ZodType> = {
  /** What may be asked for, with its bounds. */
  input: I
  /** Sent with POST where it names no method. The marker goes where the outside system keeps or compares it. */
  request(input: z.output<I>, call: EffectCall): HttpCall
  /** The answer as the vendor documents it, as far as it is read; `z.undefined()` where its body is empty. */
  answer: A
  /** What was made. */
  made(answer: z.output<A>, input: z.output<I>): R
  /** How long the outside system may take, in milliseconds; at most 50,000. Default 20,000. */
  timeoutMs?: number
  /** Where a person sees what it changes. */
  about?(input: z.input<I>): About
} & (
  | { once: 'by key' | 'at least once'; finding?: never; find?: never }
  | {
      once: 'by marker' | 'by state'
      finding: 'cheap' | 'lagging'
      /** How what was made before, with the same marker or to the same state, is found again. */
      find: Question<z.output<I>, EffectCall, F, R>
    }
)

/** An effect: a request that changes something, and how that is made once. Throws as `lookup` does. */
export function effect<I extends z.ZodType, A extends z.ZodType, R, F extends z.ZodType = z.ZodNever>({
  input,
  request,
  answer,
  made,
  find,
  ...declared
}: EffectOptions<I, A, R, F>): (channel: HttpChannel) => Effect<z.input<I>, R> {
  return (channel) => ({
    ...declared,
    async make(given, call) {
      const asked = checked(input, given, channel)
      const { json } = await channel.send({ method: 'POST', ...request(asked, call), signal: call.signal })
      return made(parseAnswer(answer, json, channel.what), asked)
    },
    ...(find && { find: async (given, call) => ask(channel, find, checked(input, given, channel), call) }),
  })
}

async function ask<Input, Call extends CallOptions, A extends z.ZodType, T>(
  { send, what }: HttpChannel,
  { request, answer, found: read, notFound: absent }: Question<Input, Call, A, T>,
  input: Input,
  call: Call,
): Promise<Answer<T>> {
  const accept = absent === undefined ? [] : [absent.status]
  const { status, json } = await send({ ...request(input, call), accept, signal: call.signal })
  if (status === absent?.status) {
    parseAnswer(absent.answer, json, `${what}: ${status}`)
    return notFound()
  }
  const value = read(parseAnswer(answer, json, what), input, call)
  return value === undefined ? notFound() : found(value)
}

/**
 * The input as its schema gives it, for an operation that needs more than `lookup` and `effect` do.
 *
 * @throws ConnectorInputInvalid, which names the fields, where it is not as the schema says.
 */
export function checked<I extends z.ZodType>(schema: I, given: unknown, { what }: HttpChannel): z.output<I> {
  return checkedInput(schema, given, what)
}
