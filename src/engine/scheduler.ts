import path from 'node:path'
import { CancelledError, RestatePromise, type TerminalError } from '@restatedev/restate-sdk'
import { RunMisuse } from './engine-errors.ts'
import { putAside } from './put-aside.ts'
import { withinRun } from './stray-rejections.ts'

/**
 * At most this many steps run at a time in one run, and at most this many of its timers are looked at: the cost of
 * waiting for many things at once grows with their square.
 */
const maxAtOnce = 32

/**
 * How long a run that waits only for what comes from outside, or for a later time, stays in the memory, in milliseconds:
 * it may come at once.
 */
const putAsideAfterMs = 1000

/** A run that goes on by itself sooner than this is not put aside, in milliseconds: its replay would cost more. */
const soonMs = 10_000

/** Adder's own code: the line to show in a message is the first one outside it. */
const ownFolder = path.dirname(import.meta.dirname)

/** What is waited for. */
export type Kind<T> =
  /** Work that is done here. `timeOf`: when it was done, in milliseconds since 1970, as recorded with its value. */
  | { kind: 'step'; timeOf?: (value: T) => number }
  | { kind: 'timer'; ms: number }
  /** Something that comes from outside the run. */
  | { kind: 'signal' }

interface Entry {
  name: string
  what: Kind<unknown>
  start(): RestatePromise<unknown>
  resolve(value: unknown): void
  reject(reason: unknown): void
}

interface Timer {
  entry: Entry
  /** By the time that the run has recorded: see `#time`. */
  dueAt: number
  promise: RestatePromise<Settled>
}

interface Settled {
  entry: Entry
  value: unknown
  failure: TerminalError | undefined
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
  /** Soonest first. */
  readonly #timers: Timer[] = []
  /** The latest time that the run has recorded, so that it is the same again in a replay; 0 while it has none. */
  #time = 0
  #stepsAtOnce = 0
  #inTurn = false
  #lastStep = 'no step'
  #misuse: RunMisuse | undefined

  /**
   * Begins a journaled operation and gives an ordinary promise of it.
   *
   * @param name for messages.
   * @throws RunMisuse when called after something that was not a step of this run: a plain timer, a fetch. It ends the
   * run, too.
   */
  begin<T>(name: string, start: () => RestatePromise<T>, what: Kind<T>): Promise<T> {
    this.checkTurn(name)
    this.#lastStep = `"${name}"`
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // A program may drop a promise, as the loser of a race; its failure is nobody's then.
    promise.catch(() => undefined)
    // What it is resolved with is what `start` gave: both are of type T.
    const entry = { name, start, what, resolve, reject } as Entry
    this.#waiting.push(entry)
    return promise
  }

  /**
   * Checks that this is called by the program as it goes on from one of its steps.
   *
   * @throws RunMisuse, which ends the run, too.
   */
  checkTurn(name: string): void {
    if (this.#inTurn) return
    this.#misuse ??= new RunMisuse(
      `"${name}" was begun after something that is not a step of the run (the last step was ${this.#lastStep}). Wrap it in step(...), and use the run's own sleep, now, random and uuid${callerLine()}`,
    )
    throw this.#misuse
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
      withinRun(program).then(
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
      const { entry, value, failure } = await this.#next()
      if (this.#misuse !== undefined) throw this.#misuse
      if (failure instanceof CancelledError) throw failure
      this.#takeOut(entry, value)
      await this.#turn(() => (failure === undefined ? entry.resolve(value) : entry.reject(failure)))
    }
    if (this.#misuse !== undefined) throw this.#misuse
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

  async #next(): Promise<Settled> {
    const awaited = RestatePromise.race(this.#awaited())
    const timer = this.#isIdle() ? setTimeout(putAside, putAsideAfterMs) : undefined
    try {
      return await awaited
    } finally {
      clearTimeout(timer)
    }
  }

  #isIdle(): boolean {
    const [soonest] = this.#timers
    const now = this.#time < sinceEpoch ? this.#time : Date.now()
    if (soonest !== undefined && soonest.dueAt - now < soonMs) return false
    return [...this.#started.keys()].every(({ what }) => what.kind === 'signal')
  }

  #awaited(): RestatePromise<Settled>[] {
    const timers = this.#timers.slice(0, maxAtOnce).map(({ promise }) => promise)
    const awaited = [...this.#started.values(), ...timers]
    if (awaited.length > 0) return awaited
    throw new RunMisuse(
      `The run waits for something that is not a step, and would wait for ever (the last step was ${this.#lastStep}). Wrap it in step(...)`,
    )
  }

  #startWaiting(): void {
    const held: Entry[] = []
    for (const entry of this.#waiting.splice(0)) {
      if (entry.what.kind === 'step' && this.#stepsAtOnce >= maxAtOnce) held.push(entry)
      else this.#start(entry)
    }
    this.#waiting.push(...held)
  }

  #start(entry: Entry): void {
    const promise = entry.start().map((value, failure) => ({ entry, value, failure }))
    if (entry.what.kind === 'timer') {
      const dueAt = this.#time + entry.what.ms
      const index = this.#timers.findIndex((timer) => timer.dueAt > dueAt)
      this.#timers.splice(index === -1 ? this.#timers.length : index, 0, { entry, dueAt, promise })
    } else {
      if (entry.what.kind === 'step') this.#stepsAtOnce += 1
      this.#started.set(entry, promise)
    }
  }

  #takeOut(entry: Entry, value: unknown): void {
    const { what } = entry
    if (what.kind === 'timer') {
      const index = this.#timers.findIndex((timer) => timer.entry === entry)
      const [timer] = this.#timers.splice(index, 1)
      if (timer !== undefined) this.#tellTime(timer.dueAt)
      return
    }
    this.#started.delete(entry)
    if (what.kind === 'step') this.#stepsAtOnce -= 1
    if (what.kind === 'step' && what.timeOf !== undefined) this.#tellTime(what.timeOf(value))
  }

  #tellTime(time: number): void {
    // Timers that began before the run had recorded any time began about now.
    if (this.#time < sinceEpoch && time >= sinceEpoch)
      for (const timer of this.#timers) timer.dueAt = Math.max(timer.dueAt, time + timer.dueAt - this.#time)
    this.#time = Math.max(this.#time, time)
  }
}

/** Times below are counted from the run's beginning, and not from 1970. */
const sinceEpoch = Date.UTC(2000, 0)

function callerLine(): string {
  const line = new Error().stack?.split('\n').find((each) => each.includes('file://') && !each.includes(ownFolder))
  return line === undefined ? '' : ` (${line.trim()})`
}
