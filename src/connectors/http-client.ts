import { fetch, type Response } from 'undici'
import type * as z from 'zod'
import {
  ConnectorAnswerInvalid,
  ConnectorRateLimited,
  ConnectorRefused,
  ConnectorUnavailable,
} from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { retryAfter } from './retry-after.ts'

export interface HttpClientOptions {
  /** How people call the outside system, in error messages: `VirusTotal`. */
  title: string
  /** Every request goes to this host and below this path. */
  baseUrl: string
  /** Headers of every request, computed anew for each so that a rotated secret is seen. */
  headers(): Record<string, string>
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL; build it with `path` so that values are encoded. */
  path: string
  query?: Record<string, string | number | undefined>
  /** Sent as JSON. */
  body?: unknown
  signal: AbortSignal
  /** Statuses that are answers and not errors, besides 2xx. */
  accept?: readonly number[]
}

export interface HttpAnswer {
  status: number
  headers: Headers
  /** The parsed JSON body; undefined where the body is empty. */
  json: unknown
}

type Headers = Response['headers']

const maxAnswerBytes = 32 * 1024 * 1024

/** `/rest/api/3/issue/SEC-1`: the values are encoded, so none of them can leave its segment. */
export function path(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return strings.reduce((built, part, index) => built + encodeSegment(values[index - 1] ?? '') + part)
}

function encodeSegment(value: string): string {
  // encodeURIComponent leaves dots alone, and "." and ".." are steps in a path even when percent-encoded.
  if (value === '.' || value === '..')
    throw new ConnectorRefused(`"${value}" can't be part of an address`, { status: 0 })
  return encodeURIComponent(value)
}

/**
 * A client for one HTTP API. Redirects are refused, bodies over 32 MiB too; it never retries, because the engine
 * does. Network faults, time-outs and 5xx become `ConnectorUnavailable`, 429 `ConnectorRateLimited`, other statuses
 * `ConnectorRefused`; no message holds a secret or a query.
 */
export function httpClient({
  title,
  baseUrl,
  headers,
}: HttpClientOptions): (request: HttpRequest) => Promise<HttpAnswer> {
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`)

  return async ({ method = 'GET', path, query = {}, body, signal, accept = [] }) => {
    const url = new URL(`.${path}`, base)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const what = `${title}: ${method} ${path}`
    const isWrite = method !== 'GET'

    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        redirect: 'manual',
        signal,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers(),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      text = await readText(response)
    } catch (cause) {
      throw new ConnectorUnavailable(maskSecrets(`${what}: ${networkReason(cause, signal)}`), {
        mayHaveHappened: isWrite && !neverSent(cause),
        cause,
      })
    }

    if (response.ok || accept.includes(response.status))
      return { status: response.status, headers: response.headers, json: parse(text, what) }
    throw errorOf(response, text, { what, isWrite })
  }
}

/** The body in the shape that the vendor documents; a misshapen one is an error that names the fields, not the values. */
export function parseAnswer<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  throw new ConnectorAnswerInvalid(`${what}: the answer is not as documented (${fields.slice(0, 5).join('; ')})`)
}

async function readText(response: Response): Promise<string> {
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxAnswerBytes) {
    await response.body?.cancel()
    throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxAnswerBytes) throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string, what: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new ConnectorAnswerInvalid(`${what}: the answer is not JSON`)
  }
}

function errorOf(response: Response, text: string, { what, isWrite }: { what: string; isWrite: boolean }): Error {
  const { status } = response
  const until = retryAfter(response.headers.get('retry-after'), new Date())
  const says = maskSecrets(text.slice(0, 300).replaceAll(/\s+/g, ' '))
  const message = `${what}: answered ${status}${says === '' ? '' : ` (${says})`}`
  if (status === 429) return new ConnectorRateLimited(message, { until })
  if (status === 408 || status === 425 || status >= 500)
    return new ConnectorUnavailable(message, { mayHaveHappened: isWrite, until, status })
  return new ConnectorRefused(message, { status })
}

/** Connection faults before a byte of the request was written: the write can't have happened. */
function neverSent(cause: unknown): boolean {
  const code = causeCode(cause)
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'UND_ERR_CONNECT_TIMEOUT'
}

function networkReason(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'did not answer in time'
  return causeCode(cause) ?? (cause instanceof Error ? cause.message : String(cause))
}

function causeCode(cause: unknown): string | undefined {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  return inner instanceof Error && 'code' in inner && typeof inner.code === 'string' ? inner.code : undefined
}
