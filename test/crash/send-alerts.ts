import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Moments } from './moments.ts'

export interface SendOptions {
  url: string
  sids: readonly string[]
  /** How many may have been sent by now. */
  due(): number
  moments: Moments
  random: () => number
}

export interface Sent {
  accepted: number
  /** How often an alert was sent again, since it was not acknowledged. */
  sentAgain: number
}

/** A sender's patience for one answer, in milliseconds. */
const patienceMs = 15_000

/** Sends each alert until it is acknowledged, as a sender that retries does. */
export class AlertSender {
  readonly sent: Sent = { accepted: 0, sentAgain: 0 }
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #options: SendOptions

  constructor(options: SendOptions) {
    this.#options = options
  }

  /** Resolves when all are acknowledged. */
  async sendAll(): Promise<void> {
    const { sids, due } = this.#options
    const sending: Promise<void>[] = []
    while (sending.length < sids.length) {
      for (const sid of sids.slice(sending.length, due())) sending.push(this.#sendUntilAccepted(sid))
      await setTimeout(5)
    }
    await Promise.all(sending)
    this.#agent.destroy()
  }

  async #sendUntilAccepted(sid: string): Promise<void> {
    const body = alertBody(sid)
    while ((await this.#post(body)) !== 202) {
      this.sent.sentAgain += 1
      await setTimeout(100 + 300 * this.#options.random())
    }
    this.sent.accepted += 1
    this.#options.moments.happened('alert acknowledged')
  }

  /** The status; undefined where there was no answer. */
  #post(body: string): Promise<number | undefined> {
    const { url, moments } = this.#options
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve) => {
      const sending = request(url, { method: 'POST', agent: this.#agent, headers, timeout: patienceMs }, (answer) => {
        answer.resume()
        answer.once('close', () => resolve(answer.complete ? answer.statusCode : undefined))
      })
      sending.once('error', () => resolve(undefined))
      sending.once('timeout', () => sending.destroy())
      sending.end(body, () => moments.happened('alert sent'))
    })
  }
}

/** Every other file is one that VirusTotal knows. */
export function alertBody(sid: string): string {
  const unknown = createHash('md5').update(sid).digest('hex')
  return JSON.stringify({
    sid,
    search_name: 'MockScan Alert',
    app: 'search',
    owner: 'admin',
    results_link: `http://splunk.acme.example:8000/app/search/@go?sid=${sid}`,
    result: {
      _time: String(Date.now() / 1000),
      host: 'ws-0815',
      user: 'mlisa',
      md5: unknown < '8' ? unknown : '44d88612fea8a8f36de82e1278abb02f',
    },
  })
}
