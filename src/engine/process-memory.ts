import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Tried } from './attempts.ts'
import type { Intent } from './effect-attempts.ts'

const remembered = { max: 10_000 }

/** Recorded, so that after the next start nobody takes it for a write that got no answer. */
const stopping = { kind: 'again', code: 'effect.stopping', reason: 'Adder is stopping' } as const

/**
 * What this process knows of its own effects, by marker. The journal is the truth; this only answers sooner, and joins
 * a second attempt to a write that is still under way instead of letting it write again.
 */
export class ProcessMemory {
  /** Tells what this process began from what an earlier one did. */
  readonly processId = randomUUID()
  /** Whether other processes write beside this one. */
  readonly isShared: boolean
  readonly #writes = new LRUCache<string, Promise<Tried<unknown>>>(remembered)
  readonly #sightings = new LRUCache<string, { result: unknown }>(remembered)
  /** On the clock that nobody can set. */
  readonly #underWayUntil = new LRUCache<string, number>(remembered)
  #settling: Promise<boolean> | undefined
  readonly #earlierWritesOnThatClock: number

  /**
   * @param earlierWritesAt when another process may last have begun a write, in milliseconds since 1970; `any time`
   * where others serve the same engine.
   */
  constructor({ earlierWritesAt }: { earlierWritesAt: number | 'any time' }) {
    this.isShared = earlierWritesAt === 'any time'
    const sinceMs = earlierWritesAt === 'any time' ? 0 : Math.max(0, Date.now() - earlierWritesAt)
    this.#earlierWritesOnThatClock = performance.now() - sinceMs
  }

  /** Begins a write; joins the one with this marker where there is one. After `settle` it begins none and says so. */
  write<T>(marker: string, begin: () => Promise<Tried<T>>): Promise<Tried<T>> {
    const known = this.recall<T>(marker)
    if (known !== undefined) return known
    if (this.#settling !== undefined) return Promise.resolve(stopping)
    const started = begin().then((tried) => {
      // Only a success is worth remembering: anything else is tried again.
      if (tried.kind !== 'done') this.#writes.delete(marker)
      if (tried.kind === 'unsure') this.#underWayUntil.set(marker, performance.now() + tried.underWayMs)
      return tried
    })
    this.#writes.set(marker, started)
    return started
  }

  /**
   * Lets no further write begin, and waits for those under way, for so many milliseconds after the first call at most.
   *
   * @returns whether none is under way any more.
   */
  settle(withinMs: number): Promise<boolean> {
    this.#settling ??= this.#settle(withinMs)
    return this.#settling
  }

  async #settle(withinMs: number): Promise<boolean> {
    const settled = Promise.allSettled(this.#writes.values()).then(() => true)
    const isSettled = await Promise.race([settled, setTimeout(withinMs, false, { ref: false })])
    return isSettled && [...this.#underWayUntil.values()].every((until) => until <= performance.now())
  }

  /** What an effect has made, or the write that is making it now; undefined where this process knows of neither. */
  recall<T>(marker: string): Promise<Tried<T>> | undefined {
    const sighting = this.#sightings.get(marker)
    if (sighting !== undefined) {
      const value = sighting.result as T // sighted under this effect's own marker
      return Promise.resolve({ kind: 'done', value, effect: 'found' })
    }
    return this.#writes.get(marker) as Promise<Tried<T>> | undefined // one marker is one effect, of one result type
  }

  /** How long a write of this process that got no answer may still be under way, in milliseconds. */
  underWayMs(marker: string): number {
    return Math.max(0, Math.ceil((this.#underWayUntil.get(marker) ?? 0) - performance.now()))
  }

  /**
   * How long ago another process may last have been sure to have the run's present attempt, in milliseconds. Where others
   * live beside this one, that is when this attempt began: from then on the engine takes nothing from an earlier one.
   * Word of what it took before may come to the earlier one later, though (see `Journal.sincePresentMs`).
   *
   * @param attemptBeganAt on the clock that nobody can set.
   */
  sinceOthersBeganMs(attemptBeganAt: number): number {
    return performance.now() - (this.isShared ? attemptBeganAt : this.#earlierWritesOnThatClock)
  }

  /** Whether nothing but this process can have begun a write since this intent. */
  isOwn(intent: Intent, attempt: string): boolean {
    return this.isShared ? intent.attempt === attempt : intent.process === this.processId
  }

  /** Takes note of what an effect made, as its own webhook told it. */
  sight(marker: string, result: unknown): void {
    this.#sightings.set(marker, { result })
  }
}
