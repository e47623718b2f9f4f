import { setTimeout } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { EngineAddress } from './engine-host.ts'

/** A run as the engine lists it. */
export interface EngineRun {
  id: string
  status: string
}

/** How long the engine may be silent, in milliseconds; a question to its tables takes as long as there is much in them. */
const answersWithinMs = 5000
const tellsWithinMs = 60_000

/** When what is pinned to a place that is gone is looked for again, in milliseconds after the time before. */
const lookAgainAfterMs = [500, 1000, 2000, 4000, 8000, 16_000]

/** The engine's administration: what it serves and what it has under way. */
export class Admin {
  readonly #dispatcher: Agent
  readonly #url: string

  constructor(endpoint: EngineAddress) {
    this.#url = 'url' in endpoint ? new URL(endpoint.url).origin : 'http://localhost'
    this.#dispatcher = new Agent('url' in endpoint ? {} : { connect: { socketPath: endpoint.socketPath } })
  }

  /** The engine's version; undefined while it does not answer. */
  async version(): Promise<string | undefined> {
    try {
      const answer = await this.#call('GET', '/version')
      return (answer as { version: string }).version // the engine's own format
    } catch {
      return undefined
    }
  }

  /** Tells the engine where Adder's services are. Returns the deployment's id, and which services were found there. */
  async register(uri: string): Promise<{ deployment: string; services: string[] }> {
    const answer = await this.#call('POST', '/deployments', { uri, force: true, use_http_11: false })
    const { id, services } = answer as { id: string; services: { name: string }[] } // the engine's own format
    return { deployment: id, services: services.map(({ name }) => name) }
  }

  /**
   * Resumes at once, on the given deployment, what waits for Adder to come back: what the engine had paused, what it
   * would try again later, and what waits for a deployment that is gone.
   */
  async resumeStranded(deployment: string): Promise<void> {
    const isElsewhere = `status IN ('paused', 'backing-off', 'suspended', 'running', 'ready') AND pinned_deployment_id IS NOT NULL AND pinned_deployment_id <> '${deployment}'`
    for (const id of await this.#idsOf(`status IN ('paused', 'backing-off') OR (${isElsewhere})`))
      await this.#resume(id)
    for (const afterMs of lookAgainAfterMs) {
      await setTimeout(afterMs, undefined, { ref: false })
      const stranded = await this.#idsOf(isElsewhere)
      if (stranded.length === 0) return
      // The place of one that is tried or waits to be tried again can't be changed, unless it is paused first.
      for (const id of stranded) if (!(await this.#resume(id))) await this.#patch(id, 'pause')
    }
  }

  async #idsOf(condition: string): Promise<string[]> {
    const runs = await this.query<EngineRun>(`SELECT id, status FROM sys_invocation WHERE ${condition}`)
    return runs.map(({ id }) => id)
  }

  #resume(invocation: string): Promise<boolean> {
    return this.#patch(invocation, 'resume?deployment=latest')
  }

  /** Returns false where the engine refuses, because of the state that the invocation is in by now. */
  async #patch(invocation: string, what: string): Promise<boolean> {
    try {
      await this.#call('PATCH', `/invocations/${invocation}/${what}`)
      return true
    } catch (error) {
      if (error instanceof AdminRefused) return false
      throw error
    }
  }

  /**
   * Asks a run to end: at its next step it does, and its program can't prevent that. Returns false where there is no
   * such run, or it has ended.
   */
  async cancel(run: string): Promise<boolean> {
    return this.#end('cancel', run)
  }

  /** Ends an invocation for good, whatever it is doing. Its key stays taken. Nothing happens where it has ended. */
  async kill(invocation: string): Promise<void> {
    await this.#end('kill', invocation)
  }

  async #end(how: 'cancel' | 'kill', invocation: string): Promise<boolean> {
    try {
      await this.#call('PATCH', `/invocations/${encodeURIComponent(invocation)}/${how}`)
      return true
    } catch (error) {
      if (error instanceof AdminRefused && [404, 409, 410].includes(error.status)) return false
      throw error
    }
  }

  /** Sets all that an object holds under a key; the engine takes it in, and does it a moment later. */
  async setState(object: string, key: string, state: Readonly<Record<string, string>>): Promise<void> {
    const bytes = Object.entries(state).map(([name, value]) => [name, [...Buffer.from(value)]])
    const body = { object_key: key, new_state: Object.fromEntries(bytes) }
    await this.#call('POST', `/services/${object}/state`, body)
  }

  /** Asks the engine's tables. The text is built from constants and the engine's own ids only. */
  async query<Row>(sql: string): Promise<Row[]> {
    const answer = await this.#call('POST', '/query', { query: sql }, tellsWithinMs)
    return (answer as { rows: Row[] }).rows // the engine's own format
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }

  async #call(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
    withinMs = answersWithinMs,
  ): Promise<unknown> {
    const answer = await request(`${this.#url}${path}`, {
      method,
      dispatcher: this.#dispatcher,
      headersTimeout: withinMs,
      bodyTimeout: withinMs,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300)
      throw new AdminRefused(
        answer.statusCode,
        `The engine answered ${answer.statusCode} to ${method} ${path}: ${text.slice(0, 500)}`,
      )
    return text === '' ? undefined : JSON.parse(text)
  }
}

class AdminRefused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
