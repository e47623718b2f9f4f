import type { Kysely } from 'kysely'
import { Batch, type Entry } from './batch.ts'
import { deleteExpired } from './delete-expired.ts'
import { HistoryUnavailable } from './history-errors.ts'
import type { HistoryLog } from './history-log.ts'
import { openDatabase } from './open-database.ts'
import type { RecordedDelivery, RecordedEvent, RunObservation } from './records.ts'
import { RefusalLimit } from './refusal-limit.ts'
import { sqliteFault } from './sqlite-fault.ts'
import type { Tables } from './tables.ts'
import { writeBatch } from './write-batch.ts'
import { WriteQueue } from './write-queue.ts'

export interface HistoryOptions {
  /** Made where it does not exist, with mode 0600. */
  file: string
  /** How long things are kept, in days. */
  retentionDays: number
  log: HistoryLog
  /**
   * Called when the history has come to lack what happened since a time (milliseconds since 1970): the file was damaged
   * and a new one begun, or more had to wait than there is room for.
   */
  onGap?(since: number): void
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
}

const dayMs = 24 * 60 * 60 * 1000
const hourMs = 60 * 60 * 1000
const refusalsPerMinute = 100
const maxRememberedEvents = 10_000

/**
 * The searchable record of deliveries, runs, effects and observables. Telling it something takes no time and never
 * fails: what is told is written within 100 ms or so, in batches. A crash can cost the last moments, and a disk that is
 * full whatever did not fit in the memory meanwhile; both are filled in again from the engine.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #now: () => number
  readonly #queue: WriteQueue
  readonly #refusals = new RefusalLimit(refusalsPerMinute)
  readonly #recentEvents = new Set<string>()
  #db: Kysely<Tables> | undefined
  #cleaning: NodeJS.Timeout | undefined
  #failingSince: number | undefined

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#queue = new WriteQueue({
      write: (entries) => this.#write(entries),
      onOverflow: () =>
        options.log.error({ file: options.file }, 'the history can not be written, and drops what comes'),
    })
  }

  /**
   * Opens the file, whose folder must belong to this process alone. What was told before is written now.
   *
   * @throws HistoryTooNew, HistoryUnusable.
   */
  async open(): Promise<void> {
    const { db, movedTo } = await openDatabase(this.#options.file)
    this.#db = db
    if (movedTo !== undefined) this.#tellDamaged(movedTo)
    await this.#queue.flush()
    this.#cleaning = setInterval(() => void this.#deleteExpired(), hourMs).unref()
    void this.#deleteExpired()
  }

  delivery(delivery: RecordedDelivery): void {
    if (delivery.state === 'refused' && !this.#refusals.allows(delivery.source, this.#now())) return
    this.#queue.push({ kind: 'delivery', at: this.#now(), delivery })
  }

  /** Records an event, once; `describe` is called only where that has to happen. */
  event(id: string, describe: () => RecordedEvent): void {
    if (this.#recentEvents.has(id)) return
    this.#recentEvents.add(id)
    const oldest = this.#recentEvents.values().next().value
    if (this.#recentEvents.size > maxRememberedEvents && oldest !== undefined) this.#recentEvents.delete(oldest)
    this.#queue.push({ kind: 'event', at: this.#now(), event: describe() })
  }

  observation(observation: RunObservation): void {
    this.#queue.push({ kind: 'observation', at: this.#now(), observation })
  }

  /**
   * Asks, or changes, what is recorded, with everything that has been told so far.
   *
   * @throws HistoryUnavailable before `open`, and while the file is damaged.
   */
  async ask<T>(query: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    await this.#queue.flush()
    if (this.#db === undefined) throw new HistoryUnavailable('The history is not open yet')
    try {
      return await query(this.#db)
    } catch (error) {
      if (sqliteFault(error) !== 'corrupt') throw error
      await this.#replaceDamaged()
      throw new HistoryUnavailable('The history was damaged, and a new one is being filled in', { cause: error })
    }
  }

  /** Writes what the engine tells of the past, where it is not known. */
  async fillIn(entries: readonly Entry[]): Promise<void> {
    await this.ask((db) => writeBatch(db, new Batch(entries), { isFilling: true }))
  }

  /** Writes what has been told, and closes the file. */
  async close(): Promise<void> {
    clearInterval(this.#cleaning)
    await this.#queue.flush()
    const dropped = this.#queue.takeDropped()
    if (dropped > 0) this.#options.log.warn({ dropped }, 'the history lacks what it had to drop')
    await this.#db?.destroy()
    this.#db = undefined
  }

  async #write(entries: readonly Entry[]): Promise<'written' | 'later'> {
    if (this.#db === undefined) return 'later'
    try {
      await writeBatch(this.#db, new Batch(entries))
      this.#wellAgain()
      return 'written'
    } catch (error) {
      return this.#failed(error, entries)
    }
  }

  async #failed(error: unknown, entries: readonly Entry[]): Promise<'written' | 'later'> {
    const { log, file } = this.#options
    const fault = sqliteFault(error)
    if (fault === 'other' && entries.length > 1) return this.#writeOneByOne(entries)
    if (fault === 'other') {
      log.error({ entry: entries[0]?.kind, error: String(error) }, 'an entry of the history could not be written')
      return 'written'
    }
    if (this.#failingSince === undefined)
      log.error({ file, error: String(error) }, 'the history can not be written, and waits')
    this.#failingSince ??= this.#now()
    if (fault === 'corrupt') await this.#replaceDamaged()
    return 'later'
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
    this.#options.log.info({ file: this.#options.file, dropped }, 'the history is written again')
    if (dropped > 0) this.#options.onGap?.(since)
  }

  async #replaceDamaged(): Promise<void> {
    const damaged = this.#db
    this.#db = undefined
    // Closing a damaged file may fail, too, and there is nothing more to do with it.
    await damaged?.destroy().catch(() => undefined)
    try {
      const { db, movedTo } = await openDatabase(this.#options.file, { isDamaged: true })
      this.#db = db
      if (movedTo !== undefined) this.#tellDamaged(movedTo)
      this.#options.onGap?.(0)
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'a new history could not be begun')
    }
  }

  #tellDamaged(movedTo: string): void {
    this.#options.log.error(
      { file: this.#options.file, movedTo },
      'the history was damaged: it was moved aside, and a new one is filled in from the engine',
    )
  }

  async #deleteExpired(): Promise<void> {
    try {
      const before = this.#now() - this.#options.retentionDays * dayMs
      const rows = await this.ask((db) => deleteExpired(db, before))
      if (rows > 0) this.#options.log.info({ rows }, 'expired history was deleted')
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'expired history could not be deleted')
    }
  }
}
