import { setImmediate } from 'node:timers/promises'
import type { Entry } from './batch.ts'

export interface WriteQueueOptions {
  /** Writes a batch, or says that it could not; never rejects. */
  write(entries: readonly Entry[]): Promise<WriteEnd>
  /** Told when entries had to be dropped, once for each time that it begins. */
  onOverflow(): void
  /** Default 20,000. */
  maxEntries?: number
  /** How long an entry waits for others before it is written, in milliseconds. Default 1,000. */
  gatherMs?: number
  /** The longest wait before a failed write is tried again, in milliseconds. Default 30,000. */
  maxRetryMs?: number
}

/** `later`: the batch is kept and tried again. */
export type WriteEnd = 'written' | 'later'

/** What happens in one run is spread over so many entries of others: larger batches write its rows fewer times. */
const maxBatch = 2000
const firstRetryMs = 500

/**
 * Gathers entries and writes them in batches, in order: when there are 2,000, or when the oldest has waited for a second.
 * Holds 20,000 at most; while writing fails, the batch is tried again with growing waits, and what comes beyond the
 * limit is dropped and counted.
 */
export class WriteQueue {
  readonly #options: Required<WriteQueueOptions>
  #entries: Entry[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #retryMs = 0
  #dropped = 0

  constructor(options: WriteQueueOptions) {
    this.#options = { maxEntries: 20_000, gatherMs: 1000, maxRetryMs: 30_000, ...options }
  }

  /** Whether entries are held because they could not be written. */
  get isHeld(): boolean {
    return this.#retryMs > 0
  }

  /** How many entries have been dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped
    this.#dropped = 0
    return dropped
  }

  push(entry: Entry): void {
    if (this.#entries.length >= this.#options.maxEntries) {
      this.#dropped += 1
      if (this.#dropped === 1) this.#options.onOverflow()
      return
    }
    this.#entries.push(entry)
    // A write that is under way sees to what comes meanwhile.
    if (this.#writing === undefined) this.#waitForMore()
  }

  /** Writes what is there now. Resolves also where it could not be written and waits. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#entries.length === 0) return
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined
      if (this.#entries.length > 0) this.#waitForMore()
    })
    await this.#writing
  }

  #waitForMore(): void {
    if (this.#retryMs > 0) this.#timer ??= this.#later(this.#retryMs)
    else if (this.#entries.length >= maxBatch) void this.flush()
    else this.#timer ??= this.#later(this.#options.gatherMs)
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // What arrives meanwhile is for the next time, so that this ends.
    for (let left = this.#entries.length; left > 0; ) {
      const batch = this.#entries.slice(0, Math.min(left, maxBatch))
      if ((await this.#options.write(batch)) === 'later') {
        this.#retryMs = Math.min(this.#options.maxRetryMs, Math.max(firstRetryMs, this.#retryMs * 2))
        return
      }
      this.#retryMs = 0
      this.#entries.splice(0, batch.length)
      left -= batch.length
      // A batch holds the thread for some milliseconds; deliveries have their turn between two.
      await setImmediate()
    }
  }

  #later(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.flush(), ms).unref()
  }
}
