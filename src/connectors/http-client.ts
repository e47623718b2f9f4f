import { Agent, type Dispatcher, errors, Headers, request as send } from 'undici'
import type * as z from 'zod'
import { ConfigError } from '../errors/config-error.ts'
import {
  ConnectorAnswerInvalid,
  ConnectorInputInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { isCertificateFault } from './certificate-fault.ts'
import { fieldFaults } from './field-faults.ts'
import type { HttpAuth } from './http-auth.ts'
import { isSafeAddress } from './is-safe-address.ts'
import { networkFault } from './network-fault.ts'
import { AddressNotAllowed, reachableLookup } from './reachable-lookup.ts'
import { readLines } from './read-lines.ts'
import { retryAfter } from './retry-after.ts'

export interface HttpClientOptions {
  /** How people call the outside system, in error messages: `VirusTotal`. */
  title: string
  /** Every request goes to this host and below this path. `https`, except to this machine. */
  baseUrl: string
  /**
   * Whether the host is on the internet, so that a name that leads into one's own network is refused. Default false:
   * only link-local addresses are, where clouds give out a machine's credentials.
   */
  isPublic?: boolean
  /** Headers of every request, computed anew for each so that a rotated secret is seen. */
  headers(): Record<string, string>
  /** See `HttpAuth`. Default: nothing is signed. */
  sign?: HttpAuth['sign']
  /** When a used-up quota opens again, where the outside system's 429 does not say. Default: not known. */
  quotaOpens?(now: Date): Date
  /**
   * The error for an answer that is no success, where something else in it says better than its status what is wrong: an
   * expired token or a used-up quota that is told with 403. Default: the status says it.
   */
  errorOf?(refusal: HttpRefusal): Error | undefined
}

export interface HttpRefusal {
  status: number
  headers: Headers
  /** The body. */
  text: string
  /** For an error: what was asked, the status and the beginning of the body, without secrets. */
  message: string
  /** From `Retry-After`. */
  until: Date | undefined
}

export interface HttpRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL; build it with `path` so that values are encoded. */
  path: string
  query?: Record<string, string | number | undefined>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as JSON, one after the other, in place of `body`. */
  bodies?: readonly unknown[]
  /** Sent as a web page's form is, in place of `body`. */
  form?: Record<string, string>
  /** Besides those of every request, by their names in small letters; none of them may be a secret. */
  headers?: Record<string, string>
  signal: AbortSignal
  /** Statuses that are answers and not errors, besides 2xx. */
  accept?: readonly number[]
  /** A body that is taken for an empty one: some answer a success with words for people, such as `Ok`. Default: none. */
  plainAnswer?: string | undefined
  /** Whether the answer is text and not JSON. Default false. */
  isText?: boolean
  /**
   * Gets a success line by line as it arrives, without those that are blank, in place of `json` and `text`. Where it says
   * false or throws a `ConnectorAnswerInvalid`, the connection is cut and the rest is not read. A line has 1 MiB at most.
   */
  eachLine?(line: string): boolean
}

export interface HttpAnswer {
  status: number
  headers: Headers
  /** The parsed JSON body; undefined where the body is empty, or text. */
  json: unknown
  /** The body where it was asked for as text; empty otherwise. */
  text: string
}

/** What servers take at least, by RFC 9110, 4.1. */
const maxAddressLength = 8000

const maxAnswerBytes = 32 * 1024 * 1024

/**
 * An idle connection is kept for a second only: a write on one that the other side is just closing gets no answer, and
 * whether it was done is unknown then. A server that says for how long it keeps one is believed four seconds less.
 */
const keepAlive = { keepAliveTimeout: 1000, keepAliveTimeoutThreshold: 4000 }
const agentOptions = { ...keepAlive, maxResponseSize: maxAnswerBytes }
const publicHosts = new Agent({ ...agentOptions, connect: { lookup: reachableLookup({ isPublic: true }) } })
const anyHosts = new Agent({ ...agentOptions, connect: { lookup: reachableLookup({ isPublic: false }) } })

/**
 * `/rest/api/3/issue/SEC-1`: the values are encoded, so none of them can leave its segment. Throws
 * `ConnectorInputInvalid` for an empty value and for "." and "..", which would make it the address of something else.
 */
export function path(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return strings.reduce((built, part, index) => built + encodeSegment(values[index - 1] ?? '') + part)
}

function encodeSegment(value: string): string {
  // encodeURIComponent leaves dots alone, throws on half a surrogate pair, and makes nothing of nothing.
  if (value === '' || value === '.' || value === '..' || !value.isWellFormed())
    throw new ConnectorInputInvalid(`${JSON.stringify(value)} can't be part of an address`)
  return encodeURIComponent(value)
}

/**
 * A client for one HTTP API. Every request goes below the base URL; redirects are refused, addresses over 8,000
 * characters and bodies over 32 MiB too; it never retries, because the engine does. Network faults, names that lead where
 * they must not, time-outs, 408, 425 and 5xx become `ConnectorUnavailable`, 429 `ConnectorRateLimited`, other statuses
 * `ConnectorRefused`, a body that is no JSON `ConnectorAnswerInvalid`; no message holds a secret or a query. Throws a
 * `ConfigError` where the base URL can't be one, or would carry secrets in the clear to another machine.
 */
export function httpClient({
  title,
  baseUrl,
  isPublic = false,
  headers,
  sign,
  quotaOpens,
  errorOf,
}: HttpClientOptions): (request: HttpRequest) => Promise<HttpAnswer> {
  const base = baseOf(baseUrl, title)

  return async (request) => {
    const { method = 'GET', path, signal, accept = [], plainAnswer, isText = false, eachLine } = request
    // Words for errors only: masking is too dear for what goes well.
    const what = (): string => maskSecrets(`${title}: ${method} ${path.split('?')[0]}`)
    const isWrite = method !== 'GET' && method !== 'HEAD'
    const url = addressOf(base, request, what)
    const text = contentOf(request)
    const unsigned = { ...commonHeaders, ...contentHeaders(request), ...request.headers, ...headers() }
    const signature = await sign?.({ method, url: url.href, headers: request.headers ?? {}, body: text })
    const sent = {
      dispatcher: isPublic ? publicHosts : anyHosts,
      method,
      signal,
      headers: sendable({ ...unsigned, ...signature }, what),
      body: text,
    }
    if (signal.aborted)
      throw new ConnectorUnavailable(`${what()}: there was no time left to send it`, { mayHaveHappened: false })

    let response: Response
    let answer: string
    try {
      // Not fetch, whose streams, headers and signals cost more than all the rest of a call. It follows no redirects.
      response = await send(url, sent)
      if (eachLine !== undefined && isOk(response.statusCode)) {
        await readLines(response.body, eachLine, what)
        answer = ''
        // It leaves out the byte-order mark that some vendors begin their JSON with.
      } else answer = await response.body.text()
    } catch (cause) {
      if (cause instanceof ConnectorAnswerInvalid) throw cause
      if (cause instanceof errors.ResponseExceededMaxSizeError)
        throw new ConnectorAnswerInvalid(`${what()}: the answer is larger than ${maxAnswerBytes} bytes`)
      throw new ConnectorUnavailable(maskSecrets(`${what()}: ${networkReason(cause, signal)}`), {
        mayHaveHappened: isWrite && !neverSent(cause),
        cause,
      })
    }

    const { statusCode: status } = response
    if (!isOk(status) && !accept.includes(status))
      throw errorFor(response, answer, { what, isWrite, quotaOpens, errorOf })
    return {
      status,
      get headers() {
        return headersOf(response)
      },
      json: isText || answer === plainAnswer ? undefined : parse(answer, what),
      text: isText ? answer : '',
    }
  }
}

type Response = Dispatcher.ResponseData

/** Some vendors refuse whoever does not say what it is. */
const commonHeaders = { 'user-agent': 'adder' }

function isOk(status: number): boolean {
  return status >= 200 && status < 300
}

function headersOf({ headers }: Response): Headers {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, each] as [string, string]),
  )
  return new Headers(pairs)
}

function baseOf(baseUrl: string, title: string): URL {
  const base = URL.parse(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)
  const problem =
    base === null || !['http:', 'https:'].includes(base.protocol)
      ? 'it is no http or https address'
      : base.username !== '' || base.password !== ''
        ? 'it holds a user or a password; give them as secrets'
        : base.search !== '' || base.hash !== ''
          ? 'it holds a query; write it as far as the path'
          : isSafeAddress(base)
            ? undefined
            : 'secrets only go over TLS; write an https address'
  // The address itself is not shown: it may be the one with the password.
  if (base === null || problem !== undefined)
    throw new ConfigError([{ at: `the address of ${title}`, problem: problem ?? 'it is no address' }])
  return base
}

function addressOf(base: URL, { path, query = {} }: HttpRequest, what: () => string): URL {
  const url = URL.parse(`.${path}`, base.href)
  if (url === null || !path.startsWith('/') || !url.href.startsWith(base.href))
    throw new ConnectorInputInvalid(`${what()}: this path does not lead below ${base.href}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  if (url.href.length > maxAddressLength)
    throw new ConnectorInputInvalid(
      `${what().slice(0, 300)}: the address would have ${url.href.length} characters, and servers take ${maxAddressLength}`,
    )
  return url
}

function contentHeaders({ body, bodies, form, isText }: HttpRequest): Record<string, string> {
  const accept = isText === true ? 'text/plain' : 'application/json'
  if (form !== undefined) return { accept, 'content-type': 'application/x-www-form-urlencoded' }
  return { accept, ...(body === undefined && bodies === undefined ? {} : { 'content-type': 'application/json' }) }
}

function contentOf({ body, bodies, form }: HttpRequest): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString()
  if (bodies !== undefined) return bodies.map((each) => JSON.stringify(each)).join('\n')
  return body === undefined ? null : JSON.stringify(body)
}

/** White space around a value is not part of it (RFC 9110, 5.5). */
function sendable(headers: Record<string, string>, what: () => string): Record<string, string> {
  const trimmed = Object.entries(headers).map(([name, value]) => [name, value.trim()] as const)
  if (trimmed.every(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value))) return Object.fromEntries(trimmed)
  // The value is not quoted: it is most often a secret.
  throw new ConnectorRefused(
    `${what()}: a header can't be sent; does a secret hold a line break, or a letter outside Latin-1?`,
    { status: 0 },
  )
}

/** The body in the shape that the vendor documents; a misshapen one is an error that names the fields, not the values. */
export function parseAnswer<S extends z.ZodType>(schema: S, json: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new ConnectorAnswerInvalid(
    `${what}: the answer is not as documented (${fieldFaults(parsed.error, 'the body')})`,
  )
}

function parse(text: string, what: () => string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new ConnectorAnswerInvalid(`${what()}: the answer is not JSON`)
  }
}

interface Circumstances {
  what(): string
  isWrite: boolean
  quotaOpens: HttpClientOptions['quotaOpens']
  errorOf: HttpClientOptions['errorOf']
}

function errorFor(response: Response, text: string, { what, isWrite, quotaOpens, errorOf }: Circumstances): Error {
  const { statusCode: status } = response
  const now = new Date()
  const headers = headersOf(response)
  const until = retryAfter(headers.get('retry-after'), now)
  // Masked before it is cut: half a secret would not be found.
  const says = maskSecrets(text.slice(0, 10_000)).replaceAll(/\s+/g, ' ').slice(0, 300)
  const message = `${what()}: answered ${status}${says === '' ? '' : ` (${says})`}`
  const known = errorOf?.({ status, headers, text, message, until })
  if (known !== undefined) return known
  if (status === 429) return new ConnectorRateLimited(message, { until: until ?? quotaOpens?.(now) })
  if (status === 408 || status === 425 || status >= 500)
    return new ConnectorUnavailable(message, { mayHaveHappened: isWrite, until, status })
  return new ConnectorRefused(message, { status })
}

/** Faults of looking up, connecting and TLS, before a byte of the request was written: the write can't have happened. */
function neverSent(cause: unknown): boolean {
  if (cause instanceof AddressNotAllowed) return true
  const fault = innerFault(cause)
  return fault.syscall === 'connect' || unsentCodes.has(fault.code ?? '') || isCertificateFault(fault.code)
}

const unsentCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

function networkReason(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'did not answer in time'
  const { code } = innerFault(cause)
  if (code !== undefined) return networkFault(code)
  return cause instanceof Error ? cause.message : String(cause)
}

/** A fault of the system or of undici, with its code; also where something else is wrapped around it. */
function innerFault(cause: unknown): { code?: string; syscall?: string } {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  if (!(inner instanceof Error)) return {}
  const { code, syscall } = inner as { code?: unknown; syscall?: unknown } // Node adds these to some errors only
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof syscall === 'string' ? { syscall } : {}),
  }
}
