import type { Lookup } from '../connectors/connector.ts'
import type { CallOptions, Effect } from '../connectors/effect.ts'
import type { Outcome } from '../connectors/outcome.ts'
import { askGroup, type GroupPart } from './ask-group.ts'
import { attempt, type Tried } from './attempts.ts'
import { effectMarker } from './effect-identity.ts'
import { type EffectPolicy, makeOnce } from './effects.ts'
import { RunMisuse, StepRefused } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import type { Journal } from './journal.ts'
import { Patience } from './patience.ts'
import type { ProcessMemory } from './process-memory.ts'

export interface StepPolicy extends EffectPolicy {
  /** How long a look-up is asked again before its outcome is `failed` or `rate_limited`, in milliseconds. */
  lookupPatienceMs: number
  /** How long one attempt of a look-up or of a step may take, in milliseconds. */
  timeoutMs: number
}

/** Why a look-up has no outcome yet. */
export interface Delay {
  code: string
  reason: string
  /** How long until it is asked again, in milliseconds. */
  waitMs: number
  isQuota: boolean
  /** When the outside system asked to be asked again, ISO 8601, where it said so. */
  until?: string
}

export interface LookupOptions {
  /** Called after each attempt that has to be repeated. */
  onDelay?: (delay: Delay) => void
}

export interface StepsOptions {
  journal: Journal
  memory: ProcessMemory
  policy: StepPolicy
  automation: string
  event: EngineEvent
  /** The run's id. */
  run: string
}

/** What one run may do. Every call is recorded; after a crash a finished one is not repeated. */
export class Steps {
  readonly #options: StepsOptions
  readonly #ordinals = new Map<string, number>()
  readonly #markers = new Set<string>()
  readonly #making = new Set<Promise<unknown>>()

  constructor(options: StepsOptions) {
    this.#options = options
  }

  /**
   * Runs anything and records its result, which is JSON of at most 8 MiB. Tried again while it throws; waits for a
   * person when the patience is used up.
   *
   * @throws StepRefused when it throws an error that no retry can mend (`next: 'never'`).
   */
  async step<T>(name: string, action: (call: CallOptions) => Promise<T> | T): Promise<T> {
    const { journal, policy } = this.#options
    for (;;) {
      const end = await this.#tryFor(policy.patienceMs, name, (signal) => action({ signal }))
      if (end.kind === 'done') return end.value
      if (end.kind === 'refused') throw new StepRefused(name, end)
      await journal.waitForPerson(name, end)
    }
  }

  /** Asks; never rejects. What could not be asked within the patience says so. */
  async lookup<Input, T>(
    name: string,
    ask: Lookup<Input, T>,
    input: Input,
    { onDelay }: LookupOptions = {},
  ): Promise<Outcome<T>> {
    const end = await this.#tryFor(
      this.#options.policy.lookupPatienceMs,
      name,
      (signal) => ask(input, { signal }),
      onDelay,
    )
    if (end.kind === 'done') return end.value
    if (end.kind === 'again' && end.isQuota) {
      return end.until === undefined ? { kind: 'rate_limited' } : { kind: 'rate_limited', until: end.until }
    }
    return { kind: 'failed', code: end.code, reason: end.reason }
  }

  /**
   * Changes the outside world, once.
   *
   * @param discriminator tells effects of one name in one run apart; their order, when left out.
   * @throws StepRefused when the outside system said no, RunMisuse for a discriminator that was used before.
   */
  effect<Input, Result>(
    name: string,
    effect: Effect<Input, Result>,
    input: Input,
    discriminator?: string,
  ): Promise<Result> {
    const { journal, memory, policy, event } = this.#options
    const marker = this.#takeMarker(name, discriminator ?? this.#ordinal(name))
    return this.#settledLater(makeOnce({ name, effect, input, marker, eventAt: event.at, journal, memory }, policy))
  }

  /**
   * Makes an effect in a group: one run makes it, later ones of the same group join it; see `groupService`.
   *
   * @throws StepRefused when this run would have made it and the outside system said no.
   */
  inGroup<Made>(part: GroupPart): Promise<{ made: Made; number: number }> {
    const marker = this.#takeMarker(part.effect, part.discriminator)
    return this.#settledLater(askGroup<Made>(part, { ...this.#options, marker }))
  }

  /** Resolves when every effect that was begun is made, also those that nobody awaits; rejects with the first fault. */
  async settleEffects(): Promise<void> {
    await Promise.all(this.#making)
  }

  sleep(ms: number): Promise<void> {
    return this.#options.journal.sleep(ms)
  }

  /** The time, recorded: milliseconds since 1970. */
  now(): Promise<number> {
    return this.#options.journal.run(
      'now',
      () => Date.now(),
      (now) => now,
    )
  }

  random(): number {
    return this.#options.journal.random()
  }

  uuid(): string {
    return this.#options.journal.uuid()
  }

  /** Attempts until one is done or refused, or until the next would come after the patience. */
  async #tryFor<T>(
    patienceMs: number,
    name: string,
    action: (signal: AbortSignal) => Promise<T> | T,
    onDelay?: (delay: Delay) => void,
  ): Promise<LastTry<T>> {
    const { journal, policy } = this.#options
    const patience = new Patience(patienceMs, () => journal.random())
    for (;;) {
      const tried = await journal.try(name, () => attempt(action, { timeoutMs: policy.timeoutMs, isWrite: false }))
      if (tried.kind === 'done' || tried.kind === 'refused') return tried
      const isQuota = tried.kind === 'again' && tried.isQuota === true
      const waitMs = patience.nextWaitMs(tried.waitMs)
      if (waitMs === undefined) {
        return {
          kind: 'again',
          code: tried.code,
          reason: tried.reason,
          isQuota,
          ...(tried.until === undefined ? {} : { until: tried.until }),
        }
      }
      onDelay?.({
        code: tried.code,
        reason: tried.reason,
        waitMs,
        isQuota,
        ...(tried.until === undefined ? {} : { until: tried.until }),
      })
      await journal.sleep(waitMs)
    }
  }

  #takeMarker(name: string, discriminator: string): string {
    const { automation, event } = this.#options
    const marker = effectMarker({ automation, event: event.id, effect: name, discriminator })
    if (this.#markers.has(marker)) {
      throw new RunMisuse(
        `Two effects "${name}" of one run are called "${discriminator}"; the second would be taken for the first`,
      )
    }
    this.#markers.add(marker)
    return marker
  }

  #settledLater<T>(making: Promise<T>): Promise<T> {
    this.#making.add(making)
    const forget = () => this.#making.delete(making)
    making.then(forget, forget)
    return making
  }

  #ordinal(name: string): string {
    const ordinal = (this.#ordinals.get(name) ?? 0) + 1
    this.#ordinals.set(name, ordinal)
    return String(ordinal)
  }
}

type LastTry<T> =
  | Extract<Tried<T>, { kind: 'done' | 'refused' }>
  | { kind: 'again'; code: string; reason: string; isQuota: boolean; until?: string }
