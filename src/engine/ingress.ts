import { setTimeout } from 'node:timers/promises'
import { Pool } from 'undici'
import { EngineUnavailable } from './engine-errors.ts'
import type { EngineAddress } from './engine-host.ts'

export interface Invocation {
  service: string
  handler: string
  input: unknown
  /** The idempotency key: a second invocation with it is the first one. */
  key: string
  /** Begins only after this many milliseconds. */
  delayMs?: number
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

/** At most this many requests wait for the engine; more are turned away instead of filling the memory. */
const maxUnderWay = 2000

/** How long a request is tried again while the engine restarts, in milliseconds: below every sender's patience. */
const patienceMs = 7000

/** Where the engine takes invocations in: over a Unix socket, or over TCP for a cluster. */
export class Ingress {
  readonly #pool: Pool

  constructor(endpoint: EngineAddress) {
    const options = { connections: 128, pipelining: 1, headersTimeout: patienceMs, bodyTimeout: patienceMs }
    this.#pool =
      'url' in endpoint
        ? new Pool(endpoint.url, options)
        : new Pool('http://localhost', { ...options, socketPath: endpoint.socketPath })
  }

  /**
   * Hands an invocation to the engine. When this resolves, it is on disk.
   *
   * @throws EngineUnavailable when the engine does not take it within 7 s, or too many wait already.
   */
  async send({ service, handler, input, key, delayMs = 0 }: Invocation): Promise<Accepted> {
    const answer = await this.#post(`/${service}/${handler}/send${delayMs > 0 ? `?delay=${delayMs}ms` : ''}`, {
      input,
      key,
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
    const limits = { signal: AbortSignal.timeout(withinMs), headersTimeout: withinMs, bodyTimeout: withinMs }
    let problem: unknown
    try {
      const answer = await this.#pool.request({ method: 'POST', path, ...body, ...limits })
      const text = await answer.body.text()
      if (answer.statusCode < 300) return JSON.parse(text) as T // what our own handler returned
      problem = new Error(`the engine answered ${answer.statusCode}: ${text.slice(0, 300)}`)
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

  async #post(path: string, { input, key }: { input: unknown; key?: string }): Promise<string> {
    if (this.#pool.stats.size > maxUnderWay) throw new EngineUnavailable('The engine has as much to do as it can take')
    const body = JSON.stringify(input)
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) }
    const deadline = Date.now() + patienceMs
    for (;;) {
      let problem: unknown
      try {
        const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()))
        const answer = await this.#pool.request({ method: 'POST', path, headers, body, signal })
        const text = await answer.body.text()
        if (answer.statusCode < 300) return text
        problem = new Error(`the engine answered ${answer.statusCode}: ${text.slice(0, 300)}`)
        if (answer.statusCode < 500 && answer.statusCode !== 429 && answer.statusCode !== 404) throw problem
      } catch (error) {
        if (error === problem) throw error
        problem ??= error
      }
      if (Date.now() >= deadline)
        throw new EngineUnavailable('The engine does not take anything in right now', { cause: problem })
      await setTimeout(100)
    }
  }
}
