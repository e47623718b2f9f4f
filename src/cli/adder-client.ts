import path from 'node:path'
import { Agent, request } from 'undici'
import * as z from 'zod'
import { NoServer, ServerRefused, TokenUnusable } from './server-errors.ts'

export interface ServerOptions {
  /** The running server's data folder; it is asked over the socket in there. */
  data: string
  /** The server's address; it is asked over the network, with the token in ADDER_TOKEN. */
  server?: string
}

/** A running Adder, as the command line asks it. */
export interface AdderClient {
  /** @throws NoServer, ServerRefused, TokenUnusable. */
  get<T>(path: string, shape: z.ZodType<T>, query?: Query): Promise<T>
  post<T>(path: string, shape: z.ZodType<T>, body?: unknown): Promise<T>
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** The environment variable with the token for `--server`. */
export const tokenVariable = 'ADDER_TOKEN'

const socketName = 'api.sock'
const timeoutMs = 30_000

const ProblemDocument = z.object({ detail: z.string(), code: z.string() })

/** Asks the Adder that runs on a data folder, or at an address. Nothing is asked until the first call. */
export function adderClient({ data, server }: ServerOptions): AdderClient {
  const dispatcher = new Agent(server === undefined ? { connect: { socketPath: path.resolve(data, socketName) } } : {})
  return {
    get: (at, shape, query = {}) => call('GET', `${at}${queryText(query)}`, shape),
    post: (at, shape, body) => call('POST', at, shape, body),
  }

  async function call<T>(method: 'GET' | 'POST', at: string, shape: z.ZodType<T>, said?: unknown): Promise<T> {
    const { statusCode, body } = await send(method, at, said)
    const text = await body.text()
    if (statusCode >= 300) throw refusal(statusCode, text)
    const answer = shape.safeParse(safeJson(text))
    if (answer.success) return answer.data
    throw new ServerRefused('The server answered something else than this command reads; is it another version?', {
      reasonCode: 'cli.answer_unknown',
    })
  }

  async function send(method: 'GET' | 'POST', at: string, said: unknown) {
    const url = server === undefined ? new URL(at, 'http://localhost') : new URL(at.slice(1), folder(server))
    const headers = {
      ...(server === undefined ? {} : tokenHeader()),
      ...(said === undefined ? {} : { 'content-type': 'application/json' }),
    }
    try {
      return await request(url, {
        method,
        dispatcher,
        headers,
        body: said === undefined ? null : JSON.stringify(said),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
    } catch (cause) {
      throw new NoServer(server === undefined ? { dataFolder: data } : { url: server }, { cause })
    }
  }
}

/** What is relative to an address goes below its path. */
function folder(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}

function tokenHeader(): Record<string, string> {
  const token = process.env[tokenVariable]
  if (token === undefined || token === '') return {}
  // RFC 6750, section 2.1; in the header it would only be refused as if nobody answered.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TokenUnusable(tokenVariable)
  return { authorization: `Bearer ${token}` }
}

function queryText(query: Query): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given}`
}

function refusal(status: number, text: string): ServerRefused {
  const problem = ProblemDocument.safeParse(safeJson(text))
  if (!problem.success) return new ServerRefused(`The server answered ${status}.`, { reasonCode: String(status) })
  const { detail, code } = problem.data
  const hint = status === 401 ? ` Put a token that the server knows into ${tokenVariable}.` : ''
  return new ServerRefused(`${detail}${hint}`, { reasonCode: code })
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
