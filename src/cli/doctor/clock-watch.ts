import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Finding } from './finding.ts'

/** Where undici tells of each answer's head. */
const channel = 'undici:request:headers'

const warningMs = 30_000
/** More than what senders and receivers of signed requests allow each other. */
const failedMs = 5 * 60_000

/** Compares this machine's clock with the `Date` of every HTTP answer that comes while it watches. */
export class ClockWatch {
  /** How far this clock is ahead of each host's, in milliseconds. */
  readonly #aheadMs = new Map<string, number>()

  constructor() {
    subscribe(channel, this.#heard)
  }

  /** Ends it. Nothing is found where nobody answered. */
  end(): Finding[] {
    unsubscribe(channel, this.#heard)
    // Most clocks are right: one host's that is wrong must not count.
    const hosts = [...this.#aheadMs].sort(([, a], [, b]) => a - b)
    const [host, aheadMs] = hosts[Math.floor((hosts.length - 1) / 2)] ?? []
    if (host === undefined || aheadMs === undefined) return []
    return [found(host, aheadMs)]
  }

  #heard = (message: unknown): void => {
    const { request, response } = message as HeadersMessage // undici's documentation has this shape
    const at = response.headers.findIndex((name, index) => index % 2 === 0 && String(name).toLowerCase() === 'date')
    const date = Date.parse(String(response.headers[at + 1]))
    if (at === -1 || Number.isNaN(date)) return
    // The header is cut to the second.
    this.#aheadMs.set(new URL(String(request.origin)).host, Date.now() - date - 500)
  }
}

interface HeadersMessage {
  request: { origin: string | URL }
  response: { headers: readonly (Buffer | string)[] }
}

function found(host: string, aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const offMs = Math.abs(aheadMs)
  if (offMs < warningMs) return { of: 'clock', state: 'ok', says: `agrees with that of ${host}` }
  return {
    of: 'clock',
    state: offMs < failedMs ? 'warning' : 'failed',
    says: `is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${host}`,
    fix: 'Set it by NTP: timedatectl set-ntp true.',
  }
}
