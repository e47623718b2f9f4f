import { randomUUID } from 'node:crypto'
import type { Tried } from './attempts.ts'

const maxRemembered = 10_000

/**
 * What this process knows of its own effects, by marker. The journal is the truth; this only answers sooner, and joins
 * a second attempt to a write that is still under way instead of letting it write again.
 */
export class ProcessMemory {
  /** Tells what this process began from what an earlier one did. */
  readonly processId = randomUUID()
  readonly startedAt = Date.now()
  readonly #writes = new Map<string, Promise<Tried<unknown>>>()
  readonly #sightings = new Map<string, unknown>()

  /** The write under way, or ended, with this marker; begins it where there is none. */
  write<T>(marker: string, begin: () => Promise<Tried<T>>): Promise<Tried<T>> {
    const known = this.#writes.get(marker)
    if (known !== undefined) return known as Promise<Tried<T>> // one marker is one effect, of one result type
    const started = begin()
    this.#remember(this.#writes, marker, started)
    // Only a success is worth remembering: anything else is tried again.
    void started.then((tried) => {
      if (tried.kind !== 'done') this.#writes.delete(marker)
    })
    return started
  }

  /** Whether an effect with this marker was begun by this process. */
  knows(marker: string): boolean {
    return this.#writes.has(marker) || this.#sightings.has(marker)
  }

  /** Takes note of what an effect made, as its own webhook told it. */
  sight(marker: string, result: unknown): void {
    this.#remember(this.#sightings, marker, result)
  }

  sighted(marker: string): unknown {
    return this.#sightings.get(marker)
  }

  #remember<V>(map: Map<string, V>, key: string, value: V): void {
    map.set(key, value)
    const oldest = map.keys().next().value
    if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest)
  }
}
