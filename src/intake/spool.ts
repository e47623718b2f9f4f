import { setTimeout } from 'node:timers/promises'
import type { AdderEvent } from '../automations/event.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import type { DeliveryRecord } from './delivery.ts'
import type { IntakeLog } from './intake-log.ts'
import { NotSpooled } from './spool-errors.ts'
import { isDamaged, SpoolFile, type SpoolRow } from './spool-file.ts'

/** A delivery that waits for the engine: authentic, readable, identified and redacted. */
export interface SpooledDelivery {
  delivery: Pick<DeliveryRecord, 'id' | 'source' | 'senderId' | 'receivedAt' | 'isSwept'>
  events: readonly AdderEvent[]
}

export interface SpoolOptions {
  /** Made where it does not exist, with mode 0600. */
  file: string
  log: IntakeLog
  /** Default 100,000. */
  maxDeliveries?: number
  /** Default 256 MiB. */
  maxBytes?: number
}

/** Gives a delivery to the engine. Rejects with `EngineUnavailable` while the engine takes nothing in. */
export type HandOver = (delivery: SpooledDelivery) => Promise<void>

export interface HandingOver {
  handOver: HandOver
  /** Called with everything that was handed over and is about to be removed. Rejections are ignored. */
  recorded(): Promise<unknown>
}

/** How many deliveries are on their way to the engine at once. */
const atOnce = 64

/** How long the engine is left alone after it took nothing in, in milliseconds. */
const restMs = 200

/**
 * Deliveries on disk while the engine is away. They are handed over in the order in which they came, 64 at once, as soon
 * as the engine takes something in, and removed when it has them; a crash in between hands them over again, which the
 * engine sees as duplicates.
 */
export class Spool {
  readonly #options: Required<SpoolOptions>
  #file: SpoolFile | undefined
  #size = { rows: 0, bytes: 0 }
  /** Rows that can't be handed over, and are tried again at the next start. */
  readonly #refused = new Set<number>()
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #isFailing = false
  #begun: { at: number; handedOver: number } | undefined
  #handing: HandingOver | undefined
  #working: Promise<void> | undefined
  #isClosed = false

  constructor(options: SpoolOptions) {
    this.#options = { maxDeliveries: 100_000, maxBytes: 256 * 1024 * 1024, ...options }
  }

  /** Whether there are deliveries in it, so that what comes belongs behind them. */
  get isInUse(): boolean {
    return this.#waiting.length > 0 || this.#hasRows
  }

  get #hasRows(): boolean {
    return this.#size.rows > this.#refused.size
  }

  /** Whether it takes deliveries in. */
  get hasRoom(): boolean {
    return this.#file !== undefined && !this.#isFailing && this.#hasRoomFor(0)
  }

  /**
   * Opens the file, which must belong to this process alone.
   *
   * @throws SpoolUnusable.
   */
  open(): void {
    this.#openFile()
    if (this.isInUse) this.#begin('deliveries are in the spool from before the start')
  }

  /**
   * Resolves when the delivery would survive a crash of the machine. Those that come together share one flush of the
   * disk.
   *
   * @throws NotSpooled where there is no room or the disk takes nothing: the delivery is not in it then.
   */
  async put(delivery: SpooledDelivery): Promise<void> {
    const text = JSON.stringify(delivery)
    const bytes = Buffer.byteLength(text)
    if (this.#file === undefined || this.#isClosed) throw new NotSpooled('The spool is not open')
    if (!this.#hasRoomFor(bytes)) throw new NotSpooled('The spool is full')
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, bytes, resolve, reject })
      this.#waitingBytes += bytes
      if (this.#waiting.length === 1) setImmediate(() => this.#flush())
    })
  }

  /** Begins to hand over: what is there, and what will be put in. */
  handOverTo(handing: HandingOver): void {
    this.#handing = handing
    this.#work()
  }

  /** Ends when what is on its way to the engine has its answer. What is left is handed over after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#flush()
    await this.#working
    this.#file?.close()
    this.#file = undefined
  }

  #openFile(): void {
    const { file, log } = this.#options
    this.#file = new SpoolFile(file)
    this.#size = this.#file.size()
    this.#refused.clear()
    const { movedTo } = this.#file
    if (movedTo !== undefined)
      log.error({ file, movedTo }, 'the spool was damaged and is moved aside; what it held was answered with 202')
  }

  #hasRoomFor(bytes: number): boolean {
    const { maxDeliveries, maxBytes } = this.#options
    const isFull = this.#size.rows + this.#waiting.length >= maxDeliveries
    return !isFull && this.#size.bytes + this.#waitingBytes + bytes <= maxBytes
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0)
    const bytes = this.#waitingBytes
    this.#waitingBytes = 0
    if (waiting.length === 0) return
    try {
      this.#add(waiting.map(({ text }) => text))
    } catch (cause) {
      if (!this.#isFailing) this.#options.log.error({ error: String(cause) }, 'the spool can not be written')
      this.#isFailing = true
      for (const { reject } of waiting) reject(new NotSpooled('The spool can not be written', { cause }))
      return
    }
    this.#isFailing = false
    this.#size.rows += waiting.length
    this.#size.bytes += bytes
    if (this.#begun === undefined) this.#begin('deliveries are spooled: the engine is away')
    for (const { resolve } of waiting) resolve()
    this.#work()
  }

  #add(texts: readonly string[]): void {
    try {
      this.#file?.add(texts)
    } catch (error) {
      if (!isDamaged(error)) throw error
      this.#file?.close()
      this.#openFile()
      this.#file?.add(texts)
    }
  }

  #begin(message: string): void {
    this.#begun = { at: Date.now(), handedOver: 0 }
    this.#options.log.warn({ deliveries: this.#size.rows, bytes: this.#size.bytes }, message)
  }

  #work(): void {
    if (this.#handing === undefined) return
    this.#working ??= this.#handAllOver(this.#handing)
      .catch((error: unknown) => this.#unreadable(error))
      .finally(() => {
        this.#working = undefined
      })
  }

  #unreadable(error: unknown): void {
    this.#options.log.error({ error: String(error) }, 'the spool can not be read')
    if (!isDamaged(error)) return
    this.#file?.close()
    this.#openFile()
  }

  async #handAllOver(handing: HandingOver): Promise<void> {
    let isAway = false
    for (let after = 0; !this.#isClosed && this.#hasRows; ) {
      // While the engine is away, one delivery asks for all.
      const read: SpoolRow[] = this.#file?.read({ after, limit: isAway ? 1 : atOnce }) ?? []
      const rows = read.filter(({ id }) => !this.#refused.has(id))
      const ends = await Promise.all(rows.map((row) => this.#handOver(row, handing)))
      isAway = ends.includes('away')
      await this.#remove(
        rows.filter((_, index) => ends[index] === 'handed over'),
        handing,
      )
      // From the oldest again: in the batch there may be some that were handed over and some that were not.
      after = isAway ? 0 : (read.at(-1)?.id ?? 0)
      if (isAway || read.length === 0) await setTimeout(restMs)
    }
    if (!this.#hasRows) this.#end()
  }

  async #handOver({ id, text }: SpoolRow, { handOver }: HandingOver): Promise<'handed over' | 'away' | 'refused'> {
    try {
      await handOver(JSON.parse(text) as SpooledDelivery) // `put` writes nothing else there
      return 'handed over'
    } catch (error) {
      if (error instanceof EngineUnavailable) return 'away'
      this.#refused.add(id)
      this.#options.log.error({ row: id, error: String(error) }, 'a delivery stays in the spool until the next start')
      return 'refused'
    }
  }

  async #remove(rows: readonly SpoolRow[], { recorded }: HandingOver): Promise<void> {
    if (rows.length === 0) return
    await recorded().catch(() => undefined)
    try {
      this.#file?.remove(rows.map(({ id }) => id))
    } catch (error) {
      // A disk that takes nothing must not have them handed over again and again.
      for (const { id } of rows) this.#refused.add(id)
      this.#options.log.error({ error: String(error) }, 'the spool keeps what was handed over until the next start')
      return
    }
    this.#size.rows -= rows.length
    this.#size.bytes -= rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    if (this.#begun !== undefined) this.#begun.handedOver += rows.length
  }

  #end(): void {
    if (this.#begun === undefined) return
    const { at, handedOver } = this.#begun
    this.#begun = undefined
    this.#options.log.info({ deliveries: handedOver, ms: Date.now() - at }, 'the spool is handed over')
  }
}

interface Waiting {
  text: string
  bytes: number
  resolve(): void
  reject(error: NotSpooled): void
}
