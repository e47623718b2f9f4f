import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { LRUCache } from 'lru-cache'
import { Batch, type Entry } from './batch.ts'
import { deleteExpired } from './delete-expired.ts'
import { type Gap, gapAtStart, gapLeft, markWriter, removeWriters, writersEveryMs } from './gap.ts'
import { HistoryUnavailable } from './history-errors.ts'
import type { HistoryLog } from './history-log.ts'
import type { HistoryStore } from './history-store.ts'
import { OpenedStore } from './opened-store.ts'
import type { RecordedDelivery, RecordedEvent, RunObservation } from './records.ts'
import { RefusalLimit } from './refusal-limit.ts'
import type { Tables } from './tables.ts'
import { expireUnsent } from './unsent-records.ts'
import { type WriteOptions, writeBatch } from './write-batch.ts'
import { WriteQueue } from './write-queue.ts'

export interface HistoryOptions {
  store: HistoryStore
  /** How long things are kept, in days. */
  retentionDays: number
  log: HistoryLog
  /** Whether what ends is kept as still to be sent to where records go. Default false. */
  keepsUnsent?: boolean
  /**
   * Called when the history has come to lack something: the file was damaged and a new one begun, more had to wait than
   * there is room for, or another Adder is gone that had not written everything.
   */
  onGap?(gap: Gap): void
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
}

const dayMs = 24 * 60 * 60 * 1000
const hourMs = 60 * 60 * 1000
const closeWithinMs = 2000
const refusalsPerMinute = 100
const maxRememberedEvents = 10_000

/**
 * The searchable record of deliveries, runs, effects and observables. Telling it something takes no time and never
 * fails: what is told is written within a second or so, in batches. A crash can cost the last moments, and a disk that is
 * full, or a server that is away, whatever did not fit in the memory meanwhile; both are filled in again from the engine.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #now: () => number
  readonly #queue: WriteQueue
  readonly #refusals = new RefusalLimit(refusalsPerMinute)
  readonly #recentEvents = new LRUCache<string, true>({ max: maxRememberedEvents })
  #state: 'not open' | 'open' | 'closed' = 'not open'
  readonly #opened: OpenedStore
  /** This Adder among those that write here. */
  readonly #id = randomUUID()
  #timers: NodeJS.Timeout[] = []
  #failingSince: number | undefined

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#opened = new OpenedStore({ ...options, onReplaced: () => options.onGap?.({ since: 0, leftBy: [] }) })
    this.#queue = new WriteQueue({
      write: (entries) => this.#write(entries),
      onOverflow: () =>
        options.log.error({ history: options.store.name }, 'the history can not be written, and drops what comes'),
    })
  }

  /**
   * Opens the store. What was told before is written now. Where the store is away, that is tried again whenever
   * something is to be written or asked.
   *
   * @throws HistoryTooNew, HistoryUnusable.
   */
  async open(): Promise<void> {
    this.#state = 'open'
    try {
      await this.#opened.database()
      await this.#queue.flush()
    } catch (error) {
      if (this.#options.store.fault(error) !== 'passing') {
        this.#state = 'not open'
        throw error
      }
      this.#failing(error)
    }
    const every = (ms: number, work: () => Promise<void>) => this.#timers.push(setInterval(work, ms).unref())
    every(writersEveryMs, () => this.#markWriter())
    every(hourMs, () => this.#cleanUp())
    void this.#markWriter()
    void this.#deleteExpired()
  }

  /** Whether what is told is written, as far as is known; that is tried every minute at least. */
  get isWell(): boolean {
    return this.#state === 'open' && this.#failingSince === undefined
  }

  delivery(delivery: RecordedDelivery): void {
    if (delivery.state === 'refused' && !this.#refusals.allows(delivery.source, this.#now())) return
    this.#queue.push({ kind: 'delivery', at: this.#now(), delivery })
  }

  /** Records an event, once; `describe` is called only where that has to happen. */
  event(id: string, describe: () => RecordedEvent): void {
    if (this.#recentEvents.has(id)) return
    this.#recentEvents.set(id, true)
    this.#queue.push({ kind: 'event', at: this.#now(), event: describe() })
  }

  observation(observation: RunObservation): void {
    this.#queue.push({ kind: 'observation', at: this.#now(), observation })
  }

  /**
   * Asks, or changes, what is recorded, with everything that has been told so far.
   *
   * @throws HistoryUnavailable before `open`, while the store is away, and while the file is damaged.
   */
  async ask<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    if (this.#state !== 'open') throw new HistoryUnavailable('The history is not open')
    await this.#queue.flush()
    let db: Kysely<Tables> | undefined
    try {
      db = await this.#opened.database()
      return await query(db)
    } catch (error) {
      const fault = this.#options.store.fault(error)
      if (fault === 'other') throw error
      if (fault === 'passing')
        throw new HistoryUnavailable(`The history is away: ${this.#options.store.explain(error)}`, { cause: error })
      await this.#opened.replace(db)
      throw new HistoryUnavailable('The history was damaged, and a new one is being filled in', { cause: error })
    }
  }

  /** Writes what the engine tells of the past, where it is not known. */
  async fillIn(entries: readonly Entry[]): Promise<void> {
    await this.ask((db) => writeBatch(db, new Batch(entries), { ...this.#writing, isFilling: true }))
  }

  /** What may be missing, asked when this Adder has started. */
  gap(): Promise<Gap> {
    return this.ask((db) => gapAtStart(db, this.#id, this.#now()))
  }

  /** What these Adders had left is filled in. */
  async filledIn({ leftBy }: Gap): Promise<void> {
    await this.ask((db) => removeWriters(db, leftBy))
  }

  /** Writes what has been told, within two seconds where the store is away, and closes. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await withinMs(closeWithinMs, this.#leave())
    this.#state = 'closed'
    const dropped = this.#queue.takeDropped()
    if (dropped > 0) this.#options.log.warn({ dropped }, 'the history lacks what it had to drop')
  }

  async #leave(): Promise<void> {
    await this.#queue.flush()
    this.#state = 'closed'
    await this.#opened.close(async (db) => {
      // Where that fails, the next start fills in what is there already.
      if (!this.#queue.isHeld) await removeWriters(db, [this.#id]).catch(() => undefined)
    })
  }

  get #writing(): WriteOptions {
    return { keepsUnsent: this.#options.keepsUnsent ?? false }
  }

  async #write(entries: readonly Entry[]): Promise<'written' | 'later'> {
    if (this.#state !== 'open') return 'later'
    let db: Kysely<Tables> | undefined
    try {
      db = await this.#opened.database()
      await writeBatch(db, new Batch(entries), this.#writing)
      this.#wellAgain()
      return 'written'
    } catch (error) {
      const { log, store } = this.#options
      // Whatever keeps it from being opened is not the entries' fault.
      const fault = db === undefined ? 'passing' : store.fault(error)
      if (fault === 'other' && entries.length > 1) return this.#writeOneByOne(entries)
      if (fault === 'other') {
        log.error({ entry: entries[0]?.kind, error: String(error) }, 'an entry of the history could not be written')
        return 'written'
      }
      this.#failing(error)
      if (fault === 'corrupt') await this.#opened.replace(db)
      return 'later'
    }
  }

  #failing(error: unknown): void {
    const { log, store } = this.#options
    if (this.#failingSince === undefined)
      log.error({ history: store.name, error: store.explain(error) }, 'the history can not be written, and waits')
    this.#failingSince ??= this.#now()
  }

  /** One entry that can't be written must not cost the others. */
  async #writeOneByOne(entries: readonly Entry[]): Promise<'written' | 'later'> {
    for (const entry of entries) {
      if ((await this.#write([entry])) === 'later') return 'later'
    }
    return 'written'
  }

  #wellAgain(): void {
    if (this.#failingSince === undefined) return
    const since = this.#failingSince
    this.#failingSince = undefined
    const dropped = this.#queue.takeDropped()
    this.#options.log.info({ history: this.#options.store.name, dropped }, 'the history is written again')
    if (dropped > 0) this.#options.onGap?.({ since, leftBy: [] })
  }

  async #markWriter(): Promise<void> {
    const now = this.#now()
    await this.#queue.flush()
    if (this.#queue.isHeld) return
    try {
      await this.ask((db) => markWriter(db, this.#id, now))
      this.#wellAgain()
    } catch (error) {
      if (this.#state === 'open') this.#failing(error)
    }
  }

  async #cleanUp(): Promise<void> {
    await this.#deleteExpired()
    const gap = await this.ask((db) => gapLeft(db, this.#id, this.#now())).catch(() => undefined)
    if (gap !== undefined) this.#options.onGap?.(gap)
  }

  async #deleteExpired(): Promise<void> {
    try {
      const before = this.#now() - this.#options.retentionDays * dayMs
      const { lost, rows } = await this.ask(async (db) => ({
        lost: await expireUnsent(db, before),
        rows: await deleteExpired(db, before),
      }))
      if (lost > 0 && this.#options.keepsUnsent)
        this.#options.log.error({ records: lost }, 'records have expired before they could be sent')
      if (rows > 0) this.#options.log.info({ rows }, 'expired history was deleted')
    } catch (error) {
      // That it is away is said where it is written to.
      if (error instanceof HistoryUnavailable) return
      this.#options.log.warn({ error: String(error) }, 'expired history could not be deleted')
    }
  }
}

async function withinMs(ms: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, setTimeout(ms, undefined, { ref: false })])
}
