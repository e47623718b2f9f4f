import { randomUUID } from 'node:crypto'
import {
  type Context,
  type InvocationId,
  type RestatePromise,
  type Serde,
  serde,
  TerminalError,
} from '@restatedev/restate-sdk'
import type { About, Once } from '../connectors/effect.ts'
import type { Tried } from './attempts.ts'
import type { Intent } from './effect-attempts.ts'
import { madeBy } from './made-by.ts'
import type { Observation, Observe } from './observation.ts'
import type { Pauses } from './pauses.ts'
import type { ProcessMemory } from './process-memory.ts'
import { type Answered, type Asked, type Asking, questionKey, questionsObject } from './question.ts'
import type { Kind, Scheduler } from './scheduler.ts'

type StepObservation = Extract<Observation, { kind: 'step' }>

/** Follows a step's name in the record of its wait for a person. */
export const givenUpSuffix = ' (given up)'

/** Follows a step's name in the record of its wait for the end of a pause. */
export const pausedSuffix = ' (paused)'

/** How a person ends a wait. */
export type Resolution = { action: 'try again' }

/** Which effect an attempt is of. */
export interface EffectAttempt {
  marker: string
  once: Once
  about?: About
}

/** What holds the steps of a run back. */
export type RunPauses = Pick<Pauses, 'holding' | 'recorded'>

/** Recorded in place of a value: what is paused, and so held the step back. `at`: in milliseconds since 1970. */
interface Paused {
  kind: 'paused'
  subject: string
  at: number
}

/** What is recorded of an attempt beside what it came to. */
interface Recorded {
  /** When it ended, in milliseconds since 1970. */
  at: number
  /** Which process tried it, in which attempt of the run. */
  by?: Omit<Intent, 'at'>
}

/** What an object of the engine is asked. */
export interface ObjectAsked {
  /** For messages. */
  name: string
  service: string
  handler: string
  /** Which object: what it is asked comes one after the other. */
  object: string
  input: unknown
  /** The same again is the same question. */
  key: string
}

export interface JournalOptions {
  context: Context
  scheduler: Scheduler
  memory: ProcessMemory
  pauses: RunPauses
  automation: string
  generation: number
  observe: Observe
}

/** What a run may do, written down in the engine's journal as it happens: the one place that calls the engine's API. */
export class Journal {
  /** This attempt of the run in this process; another one after each interruption. */
  readonly attempt = randomUUID()
  /** When this attempt began, on the clock that nobody can set. */
  readonly beganAt = performance.now()
  readonly generation: number
  readonly #context: Context
  readonly #scheduler: Scheduler
  readonly #memory: ProcessMemory
  readonly #pauses: RunPauses
  readonly #automation: string
  readonly #observe: Observe
  readonly #asked = new Set<InvocationId>()
  #lastTried: Intent | undefined
  #presentAt = Number.NEGATIVE_INFINITY
  #sharedIntent: Promise<Intent> | undefined

  constructor({ context, scheduler, memory, pauses, automation, generation, observe }: JournalOptions) {
    this.#context = context
    this.#scheduler = scheduler
    this.#memory = memory
    this.#pauses = pauses
    this.#automation = automation
    this.generation = generation
    this.#observe = observe
  }

  /**
   * Runs the action and records its value. The action never rejects: see `Tried`.
   *
   * @param timeOf when it was done, in milliseconds since 1970, from its value.
   */
  run<T>(name: string, action: () => Promise<T> | T, timeOf?: (value: T) => number): Promise<T> {
    const what = { kind: 'step', ...(timeOf === undefined ? {} : { timeOf }) } as const
    return this.#scheduler.begin(name, () => this.#context.run<T>(name, async () => action()), what)
  }

  /**
   * One attempt of a step: waits where what it belongs to is paused, runs it, reports it, records it.
   *
   * @param effect set for effects. What is recorded has the marker too, so that the record can be read back by it.
   */
  try<T>(step: string, action: () => Promise<Tried<T>>, effect?: EffectAttempt): Promise<Tried<T>> {
    return this.#noted(this.#unlessPaused({ step, name: step }, this.#reported(step, action, effect), timeOfTried))
  }

  /** As `try`, where the attempt has begun with its intent, and no pause comes between the two. */
  tryIntended<T>(step: string, action: () => Promise<Tried<T>>, effect: EffectAttempt): Promise<Tried<T>> {
    return this.#noted(this.run(step, this.#reported(step, action, effect), timeOfTried))
  }

  /**
   * Asks what all runs share, and records what it came to; waits where its connector is paused. What has to be asked
   * again is reported.
   *
   * @param step for messages and reports.
   */
  async ask(step: string, asking: Asking): Promise<Answered> {
    for (;;) {
      const asked = await this.#askOnce(step, asking)
      if (asked.kind !== 'paused') return asked
      const wait = await this.#waitForResume(step, asked.subject)
      await this.run(`${step} (resumed)`, () => this.#observe({ kind: 'resumed', step, wait }))
    }
  }

  async #askOnce(step: string, asking: Asking): Promise<Asked> {
    const call = { service: questionsObject, method: 'ask', key: questionKey(asking.question), name: step }
    const json = { inputSerde: serde.json as Serde<Asking>, outputSerde: serde.json as Serde<Asked> } // of any type
    const ask = () => this.#context.genericCall({ ...call, ...json, parameter: asking })
    const timeOf = ({ at }: { at: number }): number => at
    try {
      const asked = await this.#outside(step, ask, { kind: 'step', timeOf })
      if (asked.kind === 'again') await this.#note(step, asked)
      return asked
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error
      const asked = { kind: 'again', code: 'run.step_failed', reason: 'the question was cut off' } as const
      return { ...asked, at: await this.#note(step, asked) }
    }
  }

  /** Reports an attempt that was made elsewhere. Returns when, in milliseconds since 1970. */
  async #note(step: string, tried: Tried<unknown>): Promise<number> {
    const note = (): number => {
      this.#observe({ kind: 'step', step, ms: 0, ...told(tried) })
      return Date.now()
    }
    return this.run(`${step} (told)`, note, (at) => at)
  }

  /** Waits, for milliseconds or months; a restart does not lengthen it. */
  sleep(ms: number): Promise<void> {
    const wholeMs = Math.max(0, Math.ceil(ms))
    return this.#outside('sleep', () => this.#context.sleep(wholeMs), { kind: 'timer', ms: wholeMs })
  }

  /** Between 0 and 1; the same again when the run is replayed. */
  random(): number {
    this.#scheduler.checkTurn('random')
    return this.#context.rand.random()
  }

  /** The same again when the run is replayed. */
  uuid(): string {
    this.#scheduler.checkTurn('uuid')
    return this.#context.rand.uuidv4()
  }

  /** The intent that an attempt begins with: waits where what the step belongs to is paused. */
  intend(step: string): Promise<Intent> {
    return this.#heard(this.#unlessPaused({ step, name: `${step} (intent)` }, () => this.#intent(), timeOfIntent))
  }

  /** An intent that no attempt begins with. */
  intendLater(step: string): Promise<Intent> {
    return this.#heard(this.run(`${step} (intent)`, () => this.#intent(), timeOfIntent))
  }

  /**
   * One intent for all effects of the run that are cheap to find; written down before the first of them. Where a step
   * was tried just before, its record says as much, and no further one is needed. Where other processes go on with runs
   * of this one, each effect has its own.
   */
  sharedIntent(): Promise<Intent> {
    if (this.#memory.isShared) return this.#latestIntent()
    this.#sharedIntent ??= this.#latestIntent()
    return this.#sharedIntent
  }

  /**
   * How long ago this attempt was last sure to be the run's present one, in milliseconds: it wrote something down then,
   * and has heard since that it is recorded. The engine takes nothing from an attempt after it has begun a later one, so
   * a later one can have begun only after that time. Infinite where it has heard of nothing yet.
   */
  sincePresentMs(): number {
    return performance.now() - this.#presentAt
  }

  /** Hands an event or a run to the engine, once, whatever happens to this run. */
  send(target: { service: string; handler: string; input: unknown; key: string }): void {
    this.#scheduler.checkTurn('send')
    this.#context.genericSend({
      service: target.service,
      method: target.handler,
      parameter: Buffer.from(JSON.stringify(target.input)),
      headers: { 'content-type': 'application/json' },
      idempotencyKey: target.key,
    })
  }

  /**
   * Has an object of the engine answer, and waits for that for as long as it takes. The object goes on when this run is
   * killed, and the same key gives the same answer.
   *
   * @returns `ended` where what the object did was cancelled or killed.
   */
  async askObject<T>(asked: ObjectAsked): Promise<{ answer: T } | 'ended'> {
    const id = await this.#scheduler.begin(asked.name, () => this.#sendToObject(asked), { kind: 'signal' })
    this.#asked.add(id)
    try {
      const answer = () => this.#context.attach<T>(id)
      return { answer: await this.#outside(asked.name, answer, { kind: 'signal' }) }
    } catch (error) {
      if (error instanceof TerminalError && error.code === endedCode) return 'ended'
      throw error
    } finally {
      this.#asked.delete(id)
    }
  }

  /** For a run that was cancelled: what it has asked for ends, too. */
  cancelAsked(): void {
    for (const id of this.#asked) this.#context.invocation(id).cancel()
  }

  /** Waits until a person says to go on. Everything else in the run goes on meanwhile. */
  async waitForPerson(step: string, reason: { code: string; reason: string }): Promise<Resolution> {
    const { id, promise } = this.#context.awakeable<Resolution>()
    const said = this.#outside(`${step} (waiting for a person)`, () => promise, { kind: 'signal' })
    await this.run(`${step}${givenUpSuffix}`, () => {
      this.#observe({ kind: 'waiting', step, code: reason.code, reason: reason.reason, wait: id })
      return { wait: id, ...reason }
    })
    return said
  }

  #sendToObject({ service, handler, object, input, key }: ObjectAsked): RestatePromise<InvocationId> {
    const { invocationId } = this.#context.genericSend({
      service,
      method: handler,
      key: object,
      parameter: Buffer.from(JSON.stringify(input)),
      headers: { 'content-type': 'application/json' },
      idempotencyKey: key,
    })
    return invocationId as RestatePromise<InvocationId> // which it is: the SDK's type says less
  }

  #reported<T>(step: string, action: () => Promise<Tried<T>>, effect?: EffectAttempt) {
    // What it is about can be told from its input whenever the run goes on.
    const { about: _, ...identity } = effect ?? {}
    return async (): Promise<Tried<T> & Recorded> => {
      const startedAt = Date.now()
      if (effect !== undefined) this.#observe({ kind: 'intended', step, ...effect })
      const tried = await action()
      const at = Date.now()
      this.#observe({ kind: 'step', step, ms: at - startedAt, ...effect, ...told(tried) })
      return { ...tried, ...identity, at, by: this.#signature() }
    }
  }

  /** Runs of earlier versions recorded no `by`. */
  #noted<Value extends Recorded>(trying: Promise<Value>): Promise<Value> {
    const note = ({ by, at }: Recorded): void => {
      if (by === undefined) return
      this.#lastTried = { ...by, at: new Date(at).toISOString() }
      this.#hear(by)
    }
    trying.then(note, () => undefined)
    return trying
  }

  /** Waits for what may come after the run was put aside: the step before it says nothing of the present attempt then. */
  #outside<T>(name: string, start: () => RestatePromise<T>, what: Kind<T>): Promise<T> {
    const value = this.#scheduler.begin(name, start, what)
    const forget = (): void => {
      this.#lastTried = undefined
    }
    value.then(forget, forget)
    return value
  }

  #latestIntent(): Promise<Intent> {
    return this.#lastTried === undefined ? this.intendLater('effects') : Promise.resolve(this.#lastTried)
  }

  #intent(): Intent {
    return { ...this.#signature(), at: new Date().toISOString() }
  }

  #signature(): Omit<Intent, 'at'> {
    return { process: this.#memory.processId, attempt: this.attempt, clock: performance.now() }
  }

  #heard(intending: Promise<Intent>): Promise<Intent> {
    intending.then(
      (intent) => this.#hear(intent),
      () => undefined,
    )
    return intending
  }

  #hear({ attempt, clock = Number.NEGATIVE_INFINITY }: Omit<Intent, 'at'>): void {
    if (attempt === this.attempt) this.#presentAt = Math.max(this.#presentAt, clock)
  }

  /** Runs the action and records its value, once nothing is paused that the step belongs to. */
  async #unlessPaused<T extends object>(
    { step, name }: { step: string; name: string },
    action: () => Promise<T> | T,
    timeOf: (value: T) => number,
  ): Promise<T> {
    let endedWait: string | undefined
    for (;;) {
      const value = await this.run<T | Paused>(
        name,
        async () => {
          const subject = await this.#pauses.holding(step, this.#automation)
          if (subject !== undefined) return { kind: 'paused', subject, at: Date.now() }
          if (endedWait !== undefined) this.#observe({ kind: 'resumed', step, wait: endedWait })
          return action()
        },
        (known) => (isPaused(known) ? known.at : timeOf(known)),
      )
      if (!isPaused(value)) return value
      endedWait = await this.#waitForResume(step, value.subject)
    }
  }

  async #waitForResume(step: string, subject: string): Promise<string> {
    const { id: wait, promise } = this.#context.awakeable<null>()
    const resumed = this.#outside(`${step} (waiting for the end of a pause)`, () => promise, { kind: 'signal' })
    await this.run(`${step}${pausedSuffix}`, () => {
      this.#observe({ kind: 'paused', step, subject, wait })
      return { wait, subject, code: 'run.paused' }
    })
    void this.#pauses.recorded(wait, subject)
    await resumed
    return wait
  }
}

/** The engine's error code for an invocation that was cancelled or killed. */
const endedCode = 409

/** What an observation tells of an attempt: of its value nothing but what an effect has made. */
function told<T>(tried: Tried<T>): Pick<StepObservation, 'result' | 'code' | 'reason' | 'effect' | 'made'> {
  if (tried.kind !== 'done') return { result: tried.kind, code: tried.code, reason: tried.reason }
  return { result: 'done', ...(tried.effect === undefined ? {} : { effect: tried.effect, ...madeBy(tried.value) }) }
}

function timeOfTried({ at }: Recorded): number {
  return at
}

function timeOfIntent({ at }: Intent): number {
  return Date.parse(at)
}

function isPaused(value: object): value is Paused {
  return 'kind' in value && value.kind === 'paused'
}
