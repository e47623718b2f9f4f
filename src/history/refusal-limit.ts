const windowMs = 60_000

/**
 * Bounds what callers who are not authentic can make the history write: the first refusals of each source and minute
 * are recorded, the others only counted.
 */
export class RefusalLimit {
  readonly #perMinute: number
  readonly #counts = new Map<string, number>()
  #window = 0

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** Whether this refusal is to be recorded. */
  allows(source: string, now: number): boolean {
    const window = Math.floor(now / windowMs)
    if (window !== this.#window) {
      this.#window = window
      this.#counts.clear()
    }
    const count = (this.#counts.get(source) ?? 0) + 1
    this.#counts.set(source, count)
    return count <= this.#perMinute
  }
}
