import { backOff } from './attempts.ts'

/** The waits between the attempts of one thing: growing, jittered, and bounded in their sum. */
export class Patience {
  readonly #forMs: number
  readonly #random: () => number
  #attempts = 0
  #waitedMs = 0

  /**
   * @param forMs the waits' largest sum, in milliseconds.
   * @param random recorded by the run, between 0 and 1.
   */
  constructor(forMs: number, random: () => number) {
    this.#forMs = forMs
    this.#random = random
  }

  /**
   * How long to wait before the next attempt, in milliseconds; undefined where that would be more than the patience.
   *
   * @param askedMs what the outside system asked for.
   */
  nextWaitMs(askedMs?: number): number | undefined {
    this.#attempts += 1
    const waitMs = backOff(this.#attempts, { random: this.#random(), askedMs })
    if (this.#waitedMs + waitMs > this.#forMs) return undefined
    this.#waitedMs += waitMs
    return waitMs
  }
}
