import { CancelledError, RestatePromise, type TerminalError } from '@restatedev/restate-sdk'
import { RunMisuse } from './engine-errors.ts'

/** At most this many steps run at a time in one run; the cost of waiting for many grows with their square. */
const maxStepsAtOnce = 32

interface Settled {
  entry: Entry
  value: unknown
  failure: TerminalError | undefined
}

interface Entry {
  name: string
  isStep: boolean
  start(): RestatePromise<unknown>
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/**
 * Lets a run be written with ordinary promises.
 *
 * Combining promises in plain JavaScript makes their order depend on time, and a replay then meets its journal in
 * another order than it was written in. So every step gives the program an ordinary promise, and this class alone
 * waits for the journal: it settles one promise at a time, in the journal's order, and lets everything that follows
 * from it happen before it looks at the journal again.
 */
export class Scheduler {
  readonly #waiting: Entry[] = []
  readonly #started = new Map<Entry, RestatePromise<Settled>>()
  #stepsAtOnce = 0
  #inTurn = false
  #lastStep = 'no step'

  /**
   * Begins a journaled operation and gives an ordinary promise of it.
   *
   * @param name for messages.
   * @param options.isStep whether it does work here (counted against the limit) or only waits: a timer, a signal.
   * @throws RunMisuse when called after something that was not a step of this run: a plain timer, a fetch.
   */
  begin<T>(name: string, start: () => RestatePromise<T>, options: { isStep: boolean }): Promise<T> {
    if (!this.#inTurn) {
      throw new RunMisuse(
        `"${name}" was begun after something that is not a step of the run (the last step was ${this.#lastStep}). Wrap it in step(...), and use the run's own sleep, now, random and uuid${callerLine()}`,
      )
    }
    this.#lastStep = `"${name}"`
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // A program may drop a promise, as the loser of a race; its failure is nobody's then.
    promise.catch(() => undefined)
    this.#waiting.push({ name, isStep: options.isStep, start, resolve: resolve as (value: unknown) => void, reject })
    return promise
  }

  /**
   * Runs a program to its end.
   *
   * @returns what it returns; rejects with what it throws.
   * @throws RunMisuse when it waits for something that is not a step.
   */
  async drive<T>(program: () => Promise<T>): Promise<T> {
    let end: { value: T } | { error: unknown } | undefined
    await this.#turn(() => {
      program().then(
        (value) => {
          end = { value }
        },
        (error: unknown) => {
          end = { error }
        },
      )
    })
    while (end === undefined) {
      this.#startWaiting()
      if (this.#started.size === 0) {
        throw new RunMisuse(
          `The run waits for something that is not a step, and would wait for ever (the last step was ${this.#lastStep}). Wrap it in step(...)`,
        )
      }
      const { entry, value, failure } = await RestatePromise.race([...this.#started.values()])
      this.#started.delete(entry)
      if (entry.isStep) this.#stepsAtOnce -= 1
      if (failure instanceof CancelledError) throw failure
      await this.#turn(() => (failure === undefined ? entry.resolve(value) : entry.reject(failure)))
    }
    if ('error' in end) throw end.error
    return end.value
  }

  /** Lets everything happen that follows from one thing, and nothing else: no timer, no input, no other run. */
  async #turn(begin: () => void): Promise<void> {
    this.#inTurn = true
    begin()
    // A tick that is asked for in a microtask comes after all microtasks and before any timer or input.
    await Promise.resolve()
    await new Promise<void>((resolve) => process.nextTick(resolve))
    this.#inTurn = false
  }

  #startWaiting(): void {
    for (let index = 0; index < this.#waiting.length; ) {
      const entry = this.#waiting[index] as Entry // index is below the length
      if (entry.isStep && this.#stepsAtOnce >= maxStepsAtOnce) {
        index += 1
        continue
      }
      this.#waiting.splice(index, 1)
      if (entry.isStep) this.#stepsAtOnce += 1
      this.#started.set(
        entry,
        entry.start().map((value, failure) => ({ entry, value, failure })),
      )
    }
  }
}

function callerLine(): string {
  const line = new Error().stack?.split('\n').find((each) => each.includes('file://') && !each.includes('/engine/'))
  return line === undefined ? '' : ` (${line.trim()})`
}
