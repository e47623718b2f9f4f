import type { Lookup } from '../connectors/connector.ts'
import type { CallOptions, Effect } from '../connectors/effect.ts'
import type { FreshMs } from '../connectors/fresh-for.ts'
import type { Answer, Outcome } from '../connectors/outcome.ts'
import { askGroup, findInGroup, type GroupPart } from './ask-group.ts'
import { attempt, type Tried } from './attempts.ts'
import { effectMarker } from './effect-identity.ts'
import { type EffectPolicy, makeOnce } from './effects.ts'
import { RunMisuse, StepRefused } from './engine-errors.ts'
import type { EngineEvent } from './engine-event.ts'
import type { Journal } from './journal.ts'
import { Patience } from './patience.ts'
import type { ProcessMemory } from './process-memory.ts'
import type { Question } from './question.ts'

export interface StepPolicy extends EffectPolicy {
  /** How long a look-up is asked again before its outcome is `failed` or `rate_limited`, in milliseconds. */
  lookupPatienceMs: number
  /**
   * How long it waits, besides, for a quota of which it is known when it opens, in milliseconds. What opens later ends
   * it at once as `rate_limited`: that needs no waiting to be known.
   */
  quotaPatienceMs: number
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
    const patience = { lookupPatienceMs: policy.patienceMs, quotaPatienceMs: 0 }
    for (;;) {
      const end = await this.#tryFor(
        patience,
        this.#attempts(name, (signal) => action({ signal })),
      )
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
    const { policy } = this.#options
    return outcomeOf(
      await this.#tryFor(
        policy,
        this.#attempts(name, (signal) => ask(input, { signal })),
        onDelay,
      ),
    )
  }

  /**
   * Asks what all runs share: within the connector's quota, and once for all who ask the same at that time or while the
   * answer is fresh. Never rejects.
   */
  async sharedLookup(question: Question, freshMs: FreshMs, { onDelay }: LookupOptions = {}): Promise<Outcome<unknown>> {
    const { journal, policy } = this.#options
    const name = `${question.connector}.${question.lookup}`
    let since: number | undefined
    const ask = async (withinMs: number): Promise<Tried<Answer<unknown>>> => {
      const asked = await journal.ask(name, { question, freshMs, withinMs, ...(since === undefined ? {} : { since }) })
      since ??= asked.at
      return asked
    }
    return outcomeOf(await this.#tryFor(policy, ask, onDelay))
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

  /**
   * What a group has made that is still open; undefined where there is nothing. Asked in turn with the runs that make
   * and join.
   *
   * @param name what it is recorded under: `jira.find`.
   * @throws StepRefused when the outside system would not say.
   */
  findInGroup<Made>(name: string, key: string): Promise<Made | undefined> {
    const discriminator = this.#ordinal(name)
    const marker = this.#takeMarker(name, discriminator)
    return findInGroup<Made>({ key, effect: name, discriminator }, { ...this.#options, marker })
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

  #attempts<T>(name: string, action: (signal: AbortSignal) => Promise<T> | T): () => Promise<Tried<T>> {
    const { journal, policy } = this.#options
    return () => journal.try(name, () => attempt(action, { timeoutMs: policy.timeoutMs, isWrite: false }))
  }

  /** Attempts until one is done or refused, or until the next would come after the patience. */
  async #tryFor<T>(
    { lookupPatienceMs, quotaPatienceMs }: Pick<StepPolicy, 'lookupPatienceMs' | 'quotaPatienceMs'>,
    tryOnce: (quotaPatienceMs: number) => Promise<Tried<T>>,
    onDelay?: (delay: Delay) => void,
  ): Promise<LastTry<T>> {
    const { journal } = this.#options
    const patience = new Patience(lookupPatienceMs, () => journal.random())
    let quotaLeftMs = quotaPatienceMs
    for (;;) {
      const tried = await tryOnce(quotaLeftMs)
      if (tried.kind === 'done' || tried.kind === 'refused') return tried
      const { code, reason, until } = tried
      const isQuota = tried.kind === 'again' && tried.isQuota === true
      const why = { code, reason, isQuota, ...(until === undefined ? {} : { until }) }
      const opensInMs = isQuota && until !== undefined && tried.waitMs !== undefined ? tried.waitMs : undefined
      const isForQuota = opensInMs !== undefined && opensInMs <= quotaLeftMs
      if (isForQuota) quotaLeftMs -= opensInMs
      const waitMs = isForQuota ? opensInMs : patience.nextWaitMs(tried.waitMs)
      if (waitMs === undefined) return { kind: 'again', ...why }
      onDelay?.({ ...why, waitMs })
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

function outcomeOf<T>(end: LastTry<Answer<T>>): Outcome<T> {
  if (end.kind === 'done') return end.value
  if (end.kind === 'again' && end.isQuota)
    return { kind: 'rate_limited', ...(end.until === undefined ? {} : { until: end.until }) }
  return { kind: 'failed', code: end.code, reason: end.reason }
}
