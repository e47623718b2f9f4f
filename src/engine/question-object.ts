import { randomUUID } from 'node:crypto'
import * as restate from '@restatedev/restate-sdk'
import type { Connector } from '../connectors/connector.ts'
import type { Answer } from '../connectors/outcome.ts'
import { attempt, backOff, type Tried } from './attempts.ts'
import { type Kept, knownOf, longer, neededUntil, queuedForMs } from './kept-question.ts'
import { leaveToOthers } from './leave-to-others.ts'
import type { Observe } from './observation.ts'
import type { Pauses } from './pauses.ts'
import { type Asked, type Asking, type Question, type QuestionObject, questionsObject } from './question.ts'
import { type QuotaObject, quotasObject, type Turn, type TurnRequest } from './quota-object.ts'
import type { SharedHandling } from './shared-handling.ts'
import { turnHoldsMs } from './turns.ts'

export interface QuestionObjectOptions {
  connectors: ReadonlyMap<string, Connector>
  pauses: Pick<Pauses, 'holding'>
  handling: SharedHandling
  /** How long one attempt may take, in milliseconds. */
  timeoutMs: number
  /** Whether other processes answer the same questions, perhaps with other look-ups. */
  isShared: boolean
  observe: Observe
}

type Sent = Asked | { kind: 'turn lost'; at: number }

/** So long a refusal is told to those who asked at the same time, in milliseconds. */
const refusedForMs = 1000
/** So long after its turn an answer is normally there, in milliseconds. */
const answersWithinMs = 500
/** A turn that has begun without the question being told of it is lost after this, in milliseconds. */
const toldWithinMs = 60_000

/**
 * Asks each question once, whoever wants to know; one object for each question. Callers get what is known, or when to
 * ask again. An answer is kept for as long as it is fresh, a failure only until the next attempt.
 */
export function questionObject({ connectors, pauses, handling, timeoutMs, isShared, observe }: QuestionObjectOptions) {
  return restate.object({
    name: questionsObject,
    handlers: {
      ask: restate.handlers.object.exclusive(handling, ask),
      turn: restate.handlers.object.exclusive(handling, turn),
      expire: restate.handlers.object.exclusive(handling, expire),
    },
  })

  async function ask(context: restate.ObjectContext, asking: Asking): Promise<Asked> {
    const before = await context.get<Kept>('kept')
    const { at: now, subject } = await context.run('begin', async () => {
      const holding = await pauses.holding(nameOf(asking.question))
      return { at: Date.now(), ...(holding === undefined ? {} : { subject: holding }) }
    })
    const known = before === null ? undefined : knownOf(before, asking, now)
    if (known !== undefined) return { ...known, at: now }
    // A turn would be lost on it.
    if (subject !== undefined) return { kind: 'paused', subject, at: now }
    const { question, withinMs } = asking
    const kept = { attempts: 0, ...before, question, freshMs: longer(before?.freshMs, asking.freshMs) }
    const { queued } = kept
    if (queued !== undefined) {
      const at = await quota(context, question).turnOf({ place: queued.place })
      const expected = at ?? queued.at
      if (at !== undefined || now < expected + toldWithinMs)
        return wait(context, { ...kept, queued: { ...queued, at: expected } }, { at: expected, now })
    }
    return proceed(context, kept, { withinMs })
  }

  async function turn(context: restate.ObjectContext, { at }: { at: number }): Promise<void> {
    const kept = await context.get<Kept>('kept')
    // What has been answered meanwhile needs no turn.
    if (kept?.queued === undefined) return
    await proceed(context, kept, { withinMs: queuedForMs, turn: { kind: 'now', at } })
  }

  async function expire(context: restate.ObjectContext): Promise<void> {
    const kept = await context.get<Kept>('kept')
    const now = await context.date.now()
    if (kept === null) return
    if (neededUntil(kept) <= now) context.clearAll()
    else keep(context, { ...kept, expiresAt: 0 }, now)
  }

  /** Makes attempts while it is the question's turn; keeps what they come to. */
  async function proceed(
    context: restate.ObjectContext,
    before: Kept,
    { withinMs, turn: begun }: { withinMs: number; turn?: Turn },
  ): Promise<Asked> {
    const { queued: _, trouble: __, ...kept } = before
    const { question } = kept
    if (isShared && lookupOf(question) === undefined) leaveToOthers(context.request().id, nameOf(question))
    const takeTurn = async (more: Partial<TurnRequest> = {}): Promise<Turn | undefined> =>
      (connectors.get(question.connector)?.quota ?? []).length === 0
        ? undefined
        : quota(context, question).take({ question: context.key, withinMs, ...more })

    let granted = begun ?? (await takeTurn({ isNext: kept.attempts > 0 }))
    for (;;) {
      if (granted?.kind === 'queued') {
        const { place, at } = granted
        return wait(context, { ...kept, queued: { place, at } }, { at, now: await context.date.now() })
      }
      if (granted?.kind === 'too late') return wait(context, kept, { at: granted.at, now: await context.date.now() })
      const sent = await send(context, question, granted?.at)
      const { at: now } = sent
      if (sent.kind === 'turn lost') {
        granted = await takeTurn({ isNext: true })
        continue
      }
      if (sent.kind === 'paused') {
        keep(context, kept, now)
        return sent
      }
      if (sent.kind === 'done') {
        keep(context, { ...kept, attempts: 0, answer: { value: sent.value, at: now } }, now)
        return sent
      }
      kept.attempts = sent.kind === 'refused' ? 0 : kept.attempts + 1
      const askedMs = 'waitMs' in sent ? sent.waitMs : undefined
      const waitMs =
        sent.kind === 'refused' ? refusedForMs : backOff(kept.attempts, { random: context.rand.random(), askedMs })
      if (sent.kind === 'again' && sent.isQuota === true && granted !== undefined) {
        granted = await takeTurn({ isNext: true, blockedUntil: now + waitMs })
        continue
      }
      const { at: ___, ...tried } = sent
      keep(context, { ...kept, trouble: { tried, until: now + waitMs } }, now)
      return sent.kind === 'again' ? { ...sent, waitMs } : sent
    }
  }

  /**
   * One attempt.
   *
   * @param turnAt when its turn began. A request is sent once in a turn and while it holds: where this attempt of the
   * handler was cut off, it may have been sent, and where nothing happened for a while, the turn is another's.
   */
  async function send(context: restate.ObjectContext, question: Question, turnAt?: number): Promise<Sent> {
    const self = randomUUID()
    const sender = turnAt === undefined ? self : await context.run('sender', () => self)
    return context.run(nameOf(question), async (): Promise<Sent> => {
      const subject = await pauses.holding(nameOf(question))
      const startedAt = Date.now()
      if (subject !== undefined) return { kind: 'paused', subject, at: startedAt }
      if (turnAt !== undefined && (sender !== self || startedAt > turnAt + turnHoldsMs))
        return { kind: 'turn lost', at: startedAt }
      const lookup = lookupOf(question)
      const tried: Tried<Answer<unknown>> =
        lookup === undefined
          ? { kind: 'refused', code: 'connector.refused', reason: `there is no ${nameOf(question)} any more` }
          : await attempt((signal) => lookup(question.input, { signal }), { timeoutMs, isWrite: false })
      const at = Date.now()
      const why = tried.kind === 'done' ? {} : { code: tried.code, reason: tried.reason }
      observe({ kind: 'step', step: nameOf(question), result: tried.kind, ms: at - startedAt, ...why })
      return { ...tried, at }
    })
  }

  function lookupOf({ connector, lookup }: Question) {
    return connectors.get(connector)?.lookups[lookup]
  }

  /** Tells when to ask again. */
  function wait(context: restate.ObjectContext, kept: Kept, { at, now }: { at: number; now: number }): Asked {
    keep(context, kept, now)
    const until = new Date(at).toISOString()
    return {
      kind: 'again',
      code: 'connector.rate_limited',
      reason: `its turn in the quota of ${kept.question.connector} comes at ${until}`,
      isQuota: true,
      until,
      waitMs: Math.max(0, at - now) + answersWithinMs,
      at: now,
    }
  }

  function keep(context: restate.ObjectContext, kept: Kept, now: number): void {
    const { expiresAt = 0 } = kept
    const isExpected = expiresAt > now - toldWithinMs
    const nextExpiresAt = isExpected ? expiresAt : neededUntil(kept)
    context.set('kept', { ...kept, expiresAt: nextExpiresAt })
    if (isExpected) return
    const delay = Math.max(0, nextExpiresAt - now)
    context
      .objectSendClient<QuestionObject>({ name: questionsObject }, context.key)
      .expire(restate.rpc.sendOpts({ delay }))
  }

  function quota(context: restate.ObjectContext, { connector }: Question) {
    return context.objectClient<QuotaObject>({ name: quotasObject }, connector)
  }
}

function nameOf({ connector, lookup }: Question): string {
  return `${connector}.${lookup}`
}
