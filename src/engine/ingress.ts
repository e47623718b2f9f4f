import { setTimeout as wait } from 'node:timers/promises'
import { type Dispatcher, Pool } from 'undici'
import { EngineUnavailable } from './engine-errors.ts'
import type { EngineAddress } from './engine-host.ts'

export interface Invocation {
  service: string
  /** Which one, where the service is an object. */
  object?: string
  handler: string
  input: unknown
  /** The idempotency key: a second invocation with it is the first one. */
  key: string
  /** Begins only after this many milliseconds. */
  delayMs?: number
  /** How long the engine has to take it in, in milliseconds. Default 7,000. */
  patienceMs?: number
}

export interface Call {
  object: string
  key: string
  handler: string
  input?: unknown
  withinMs: number
}

export interface Accepted {
  invocation: string
  /** Whether the engine had it already. */
  isDuplicate: boolean
}

/** At most so many requests, and so many bytes of them, wait for the engine; more are turned away. */
const maxUnderWay = 2000
const maxBytesUnderWay = 64 * 1024 * 1024

/** How long a request is tried again while the engine restarts, in milliseconds: below every sender's patience. */
const longPatienceMs = 7000

interface Insisted {
  body: string
  key: string | undefined
  patienceMs: number
}

interface Posted extends Pick<Invocation, 'patienceMs'> {
  input: unknown
  key?: string
}

/** Where the engine takes invocations in: over a Unix socket, or over TCP for a cluster. */
export class Ingress {
  readonly #pool: Pool
  // Those that wait to be tried again are not in the pool.
  #underWay = 0
  #bytesUnderWay = 0

  constructor(endpoint: EngineAddress) {
    const options = { connections: 128, pipelining: 1, headersTimeout: longPatienceMs, bodyTimeout: longPatienceMs }
    this.#pool =
      'url' in endpoint
        ? new Pool(endpoint.url, options)
        : new Pool('http://localhost', { ...options, socketPath: endpoint.socketPath })
  }

  /**
   * Hands an invocation to the engine. When this resolves, it is on disk.
   *
   * @throws EngineUnavailable when the engine does not take it in time, or too many wait already.
   */
  async send({ service, object, handler, input, key, delayMs = 0, ...patience }: Invocation): Promise<Accepted> {
    const target = object === undefined ? service : `${service}/${encodeURIComponent(object)}`
    const answer = await this.#post(`/${target}/${handler}/send${delayMs > 0 ? `?delay=${delayMs}ms` : ''}`, {
      input,
      key,
      ...patience,
    })
    const { invocationId, status } = JSON.parse(answer) as { invocationId: string; status: string } // the engine's own format
    return { invocation: invocationId, isDuplicate: status === 'PreviouslyAccepted' }
  }

  /**
   * Calls a handler of an object and gives what it returns.
   *
   * @throws EngineUnavailable when the engine has no answer within the time.
   */
  async call<T>({ object, key, handler, input, withinMs }: Call): Promise<T> {
    const path = `/${object}/${encodeURIComponent(key)}/${handler}`
    const body =
      input === undefined ? {} : { body: JSON.stringify(input), headers: { 'content-type': 'application/json' } }
    const limits = { headersTimeout: withinMs, bodyTimeout: withinMs }
    let problem: unknown
    try {
      const { status, text } = await this.#request({ method: 'POST', path, ...body, ...limits }, withinMs)
      if (status < 300) return JSON.parse(text) as T // what our own handler returned
      problem = new Error(`the engine answered ${status}: ${text.slice(0, 300)}`)
    } catch (error) {
      problem = error
    }
    throw new EngineUnavailable(`The engine did not answer within ${withinMs} ms`, { cause: problem })
  }

  /** Ends a wait with what a person said. */
  async resolveWait(wait: string, value: unknown): Promise<void> {
    await this.#post(`/restate/awakeables/${encodeURIComponent(wait)}/resolve`, { input: value })
  }

  /** Whether the engine answers. */
  async isReady(): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({ method: 'GET', path: '/restate/health' })
      await body.dump()
      return statusCode === 200
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #post(path: string, { input, key, patienceMs = longPatienceMs }: Posted): Promise<string> {
    const body = JSON.stringify(input)
    const bytes = Buffer.byteLength(body)
    const isFull = this.#underWay >= maxUnderWay || this.#bytesUnderWay + bytes > maxBytesUnderWay
    if (isFull && this.#underWay > 0) throw new EngineUnavailable('The engine has as much to do as it can take')
    this.#underWay += 1
    this.#bytesUnderWay += bytes
    try {
      return await this.#insist(path, { body, key, patienceMs })
    } finally {
      this.#underWay -= 1
      this.#bytesUnderWay -= bytes
    }
  }

  async #insist(path: string, { body, key, patienceMs }: Insisted): Promise<string> {
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
    // Not the wall clock: set back by an hour, it would have the sender wait for one.
    const deadline = performance.now() + patienceMs
    for (;;) {
      let problem: unknown
      try {
        const withinMs = Math.max(1, Math.ceil(deadline - performance.now()))
        const { status, text } = await this.#request({ method: 'POST', path, headers, body }, withinMs)
        if (status < 300) return text
        problem = new Error(`the engine answered ${status}: ${text.slice(0, 300)}`)
        if (status < 500 && status !== 429 && status !== 404) throw problem
      } catch (error) {
        if (error === problem) throw error
        problem ??= error
      }
      if (performance.now() >= deadline || this.#pool.destroyed)
        throw new EngineUnavailable('The engine does not take anything in right now', { cause: problem })
      await wait(100)
    }
  }

  async #request(request: Dispatcher.RequestOptions, withinMs: number): Promise<{ status: number; text: string }> {
    // Not AbortSignal.timeout: its timer outlives the request, and then makes an error that nobody reads.
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(new Error(`no answer within ${withinMs} ms`)), withinMs)
    try {
      const { statusCode, body } = await this.#pool.request({ ...request, signal: controller.signal })
      return { status: statusCode, text: await body.text() }
    } finally {
      clearTimeout(timer)
    }
  }
}
