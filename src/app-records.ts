import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { RecordsPort } from './connectors/records.ts'
import { AdderError } from './errors/adder-error.ts'
import { ConnectorRateLimited, ConnectorRefused, ConnectorUnavailable } from './errors/connector-errors.ts'
import type { History } from './history/history.ts'
import { HistoryUnavailable } from './history/history-errors.ts'
import { leaveTurn, noteNotSent, noteSent, takeTurn } from './history/record-sending.ts'
import { hasUnsent, removeUnsent, unsentRecords } from './history/unsent-records.ts'

export interface SendingRecordsOptions {
  history: History
  port: RecordsPort
  /** How people call the outside system. */
  title: string
  log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** The rest while there is nothing to send, in milliseconds. Default 2,000. */
  everyMs?: number
  /** The rest after a failure, in milliseconds, doubled for each further one up to five minutes. Default 1,000. */
  firstRetryMs?: number
  /** How long after its end a run is told of, in milliseconds: other Adders may write of it a second later. Default 3,000. */
  settledMs?: number
}

export interface SendingRecords {
  /** Ends within a second; what is under way then is sent again after the next start. */
  close(): Promise<void>
}

const atOnce = 100
const lastRetryMs = 5 * 60_000
/** The longest that the outside system's own word keeps it from being asked again, in milliseconds. */
const longestMs = 60 * 60_000
const patienceMs = 20_000
/** An Adder that is gone keeps the others from sending for so long; more than a request and what is written after it. */
const turnMs = 60_000
const closeWithinMs = 1000

/**
 * Sends the records of all runs and deliveries from the history, where what is to be sent is kept until it was taken: an
 * outage or a restart loses none, and where an answer got lost some come twice. Of several Adders with one history, one
 * at a time sends. It reads at most 100 records at once and holds nothing else, and nothing waits for it.
 */
export function sendingRecords({
  history,
  port,
  title,
  log,
  everyMs = 2000,
  firstRetryMs = 1000,
  settledMs = 3000,
}: SendingRecordsOptions): SendingRecords {
  const closing = new AbortController()
  const hurrying = new AbortController()
  const holder = randomUUID()
  /** What is wrong now, so that it is told once; undefined before the first records. */
  let told: string | undefined
  const running = sendOnAndOn()

  return {
    async close() {
      closing.abort()
      const impatient = globalThis.setTimeout(() => hurrying.abort(), closeWithinMs)
      await running
      clearTimeout(impatient)
      // Where the history is away, the turn runs out.
      await history.ask((db) => leaveTurn(db, holder)).catch(() => undefined)
    },
  }

  async function sendOnAndOn(): Promise<void> {
    for (let failed = 0; !closing.signal.aborted; ) {
      // Fewer after each failure, so that one record is through where many together would never be.
      const limit = Math.max(1, Math.floor(atOnce / 4 ** failed))
      const { sent, error } = await sendSome(limit)
      failed = error === undefined ? 0 : failed + 1
      const restMs = error === undefined ? (sent === limit ? 0 : everyMs) : retryMs(error, failed)
      await setTimeout(restMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
    }
  }

  function retryMs(error: unknown, failed: number): number {
    const growingMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failed - 1, 20))
    const until =
      error instanceof ConnectorUnavailable || error instanceof ConnectorRateLimited ? error.until : undefined
    return Math.max(growingMs, Math.min(longestMs, (until?.getTime() ?? 0) - Date.now()))
  }

  async function sendSome(limit: number): Promise<{ sent: number; error?: unknown }> {
    try {
      const before = Date.now() - settledMs
      const turn = { holder, now: Date.now(), forMs: turnMs }
      if (!(await history.ask((db) => hasUnsent(db, before)))) return { sent: 0 }
      if (!(await history.ask((db) => takeTurn(db, turn)))) return { sent: 0 }
      const records = await history.ask((db) => unsentRecords(db, { before, limit }))
      if (records.length === 0 || closing.signal.aborted) return { sent: 0 }
      const signal = AbortSignal.any([hurrying.signal, AbortSignal.timeout(patienceMs)])
      const refused = await port.send(records, { signal })
      for (const { record, reason } of refused)
        log.error({ [record.kind]: record.id, to: title, reason }, 'a record was refused, and is not sent again')
      await history.ask(async (db) => {
        await removeUnsent(db, records)
        await noteSent(db, Date.now())
      })
      tell('sent')
      return { sent: records.length }
    } catch (error) {
      if (!closing.signal.aborted) await tellOf(error)
      return { sent: 0, error }
    }
  }

  async function tellOf(error: unknown): Promise<void> {
    // That the history is away it says itself.
    if (error instanceof HistoryUnavailable) return
    const code = error instanceof AdderError ? error.code : 'records.failed'
    const status = error instanceof ConnectorRefused ? ` ${error.status}` : ''
    const reason = error instanceof Error ? error.message : String(error)
    tell(`${code}${status}`, { code, error: reason })
    // The same code may have another reason than before.
    await history.ask((db) => noteNotSent(db, { code, reason, at: Date.now() })).catch(() => undefined)
  }

  /** Once for each change. */
  function tell(now: string, fields: Record<string, unknown> = {}): void {
    if (now === told) return
    told = now
    if (now === 'sent') log.info({ to: title }, 'records are sent')
    else log.error({ to: title, ...fields }, 'records can not be sent, and wait')
  }
}
