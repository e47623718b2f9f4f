import type { Logger } from 'pino'
import { request } from 'undici'
import type { Secret } from './secrets/secret.ts'

export interface HeartbeatOptions {
  /** Where it is sent; a secret, because such addresses hold their token. */
  url: Secret
  everyMs: number
  /** What must be well, by name. */
  checks(): Promise<Readonly<Record<string, boolean>>>
  log: Logger
}

export interface Heartbeat {
  /** Ends it, and what is under way. */
  close(): Promise<void>
}

/** How long an answer may take, in milliseconds. */
const patienceMs = 10_000

/**
 * Asks an address with a GET at once and then again and again, as monitors that alarm when nothing comes want it
 * (healthchecks.io, Uptime Kuma's "push", Cronitor). While anything is not well it says nothing, which is what alarms.
 * A heartbeat that does not get through is not repeated: the next one comes.
 */
export function heartbeat({ url, everyMs, checks, log }: HeartbeatOptions): Heartbeat {
  const closing = new AbortController()
  let last = ''
  let beating = beat()
  const timer = setInterval(() => {
    beating = beating.then(beat)
  }, everyMs)

  return {
    async close() {
      clearInterval(timer)
      closing.abort()
      await beating
    },
  }

  async function beat(): Promise<void> {
    if (closing.signal.aborted) return
    const states = await checks()
    const broken = Object.keys(states).filter((name) => states[name] !== true)
    if (broken.length > 0) tell('withheld', { broken })
    else await send()
  }

  async function send(): Promise<void> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)])
    try {
      const { statusCode, body } = await request(url.reveal(), { signal })
      await body.dump()
      tell(statusCode < 300 ? 'sent' : 'refused', { status: statusCode })
    } catch (error) {
      if (!closing.signal.aborted) tell('not sent', { error: String(error) })
    }
  }

  /** Once for each change. */
  function tell(now: 'sent' | 'withheld' | 'refused' | 'not sent', fields: Record<string, unknown>): void {
    if (now === last) return
    last = now
    if (now === 'sent') log.info(fields, 'heartbeat sent')
    else log.warn(fields, `heartbeat ${now}`)
  }
}
