import * as restate from '@restatedev/restate-sdk'
import type { Connector } from '../connectors/connector.ts'
import type { Quota } from '../connectors/quota.ts'
import { type QuestionObject, questionsObject } from './question.ts'
import type { SharedHandling } from './shared-handling.ts'
import { turnAfter, type Usage, type WindowUsage, windowUsage, withTurn } from './turns.ts'

export const quotasObject = 'adder.quotas'

export interface TurnRequest {
  /** The key of the question that wants to be asked. */
  question: string
  /** Later than this, in milliseconds from now, no turn is wanted. */
  withinMs: number
  /** It has had a turn already, which came to nothing: it goes before the others. */
  isNext?: boolean
  /** The outside system has refused until then, in milliseconds since 1970: nobody's turn comes before. */
  blockedUntil?: number
}

export type Turn =
  /** Now; it began then, in milliseconds since 1970. */
  | { kind: 'now'; at: number }
  /** The question is told when its turn comes; that is about then. */
  | { kind: 'queued'; place: number; at: number }
  /** It would come after the time within which it is wanted, so it was not taken. */
  | { kind: 'too late'; at: number }

/** What is used of a connector's quota. Times in milliseconds since 1970. */
export interface QuotaStatus {
  windows: WindowUsage[]
  /** How many questions wait for their turn. */
  waiting: number
  /** When one more question would be asked. */
  nextTurnAt: number
  /** Until when the outside system has refused everything. */
  blockedUntil?: number
}

interface State {
  usage: Usage
  blockedUntil: number
  /** The questions that wait have the places from `head` to before `tail`; each is kept under a key of its own. */
  head: number
  tail: number
  /** When `next` is called; 0 where it is not. */
  wakesAt: number
}

const empty: State = { usage: {}, blockedUntil: 0, head: 0, tail: 0, wakesAt: 0 }

/** A refusal for longer is not believed: asking once more then costs one request. */
const longestBlockMs = 24 * 60 * 60 * 1000
/** A call of `next` that is so late will never come. */
const lostAfterMs = 30_000
/** So many turns begin in one call of `next`, so that its journal stays short. */
const turnsAtOnce = 100

/** What other objects call. */
export type QuotaObject = {
  take(context: restate.ObjectContext, request: TurnRequest): Promise<Turn>
  /** When the turn of a place comes, in milliseconds since 1970; undefined where it has begun. */
  turnOf(context: restate.ObjectContext, of: { place: number }): Promise<number | undefined>
  /** Begins the turns that have come. */
  next(context: restate.ObjectContext, call: { at: number }): Promise<void>
}

/**
 * Hands out the turns of a connector's quota, one object for each connector: whoever asks first has the earlier turn.
 *
 * A turn begins only when it comes, and counts then. So nothing that stops Adder or the engine for a while can make
 * turns pile up, and what waits is in order whatever happens: each waiting question is told when its place is reached.
 */
export function quotaObject(connectors: ReadonlyMap<string, Connector>, handling: SharedHandling) {
  const options = { ...handling, enableLazyState: true }
  return restate.object({
    name: quotasObject,
    handlers: {
      take: restate.handlers.object.exclusive(options, take),
      turnOf: restate.handlers.object.exclusive(options, turnOf),
      next: restate.handlers.object.exclusive(options, next),
      status: restate.handlers.object.shared(options, status),
    },
  })

  async function take(context: restate.ObjectContext, request: TurnRequest): Promise<Turn> {
    const { question, withinMs, isNext = false } = request
    const now = await context.date.now()
    const state = await read(context)
    const blockedUntil = Math.min(request.blockedUntil ?? 0, now + longestBlockMs)
    state.blockedUntil = Math.max(state.blockedUntil, blockedUntil)
    const turn = reckonTurn(state)
    write(context, turn.kind === 'now' ? { ...state, usage: withTurn(quotaOf(context), state.usage, now) } : state, now)
    return turn

    function reckonTurn(changing: State): Turn {
      const at = expected(context, changing, { now, ahead: isNext ? 0 : waitingIn(changing), withinMs })
      if (at <= now && (isNext || waitingIn(changing) === 0)) return { kind: 'now', at: now }
      if (at > now + withinMs) return { kind: 'too late', at }
      if (isNext) changing.head -= 1
      else changing.tail += 1
      const place = isNext ? changing.head : changing.tail - 1
      context.set(keyOf(place), question)
      return { kind: 'queued', place, at }
    }
  }

  async function turnOf(context: restate.ObjectContext, { place }: { place: number }): Promise<number | undefined> {
    const now = await context.date.now()
    const state = await read(context)
    write(context, state, now)
    if (place < state.head) return undefined
    return expected(context, state, { now, ahead: place - state.head, withinMs: longestBlockMs })
  }

  async function next(context: restate.ObjectContext, { at }: { at: number }): Promise<void> {
    const state = await read(context)
    // A turn that was moved is called for again.
    if (state.wakesAt !== at) return
    const now = await context.date.now()
    state.wakesAt = 0
    for (let turns = 0; turns < turnsAtOnce && waitingIn(state) > 0; turns += 1) {
      if (expected(context, state, { now, ahead: 0, withinMs: 0 }) > now) break
      const question = await context.get<string>(keyOf(state.head))
      context.clear(keyOf(state.head))
      state.head += 1
      if (question === null) continue
      state.usage = withTurn(quotaOf(context), state.usage, now)
      context.objectSendClient<QuestionObject>({ name: questionsObject }, question).turn({ at: now })
    }
    write(context, state, now)
  }

  async function status(context: restate.ObjectSharedContext): Promise<QuotaStatus> {
    const quota = quotaOf(context)
    const now = Date.now()
    const state = await read(context)
    return {
      windows: windowUsage(quota, state.usage, now),
      waiting: waitingIn(state),
      nextTurnAt: expected(context, state, { now, ahead: waitingIn(state), withinMs: longestBlockMs }),
      ...(state.blockedUntil > now ? { blockedUntil: state.blockedUntil } : {}),
    }
  }

  /** Keeps the state, and has `next` called when the first turn comes. */
  function write(context: restate.ObjectContext, state: State, now: number): void {
    const at = waitingIn(state) === 0 ? 0 : expected(context, state, { now, ahead: 0, withinMs: 0 })
    // Called too early, it has itself called again.
    const isCalled = state.wakesAt > now - lostAfterMs && state.wakesAt <= at
    if (at > 0 && !isCalled)
      context
        .objectSendClient<QuotaObject>({ name: quotasObject }, context.key)
        .next({ at }, restate.rpc.sendOpts({ delay: at - now }))
    context.set('quota', { ...state, wakesAt: isCalled ? state.wakesAt : at })
  }

  function expected(
    { key }: { key: string },
    { usage, blockedUntil }: State,
    { now, ahead, withinMs }: { now: number; ahead: number; withinMs: number },
  ): number {
    return turnAfter(quotaFor(key), usage, { from: Math.max(now, blockedUntil), ahead, latest: now + withinMs })
  }

  function quotaOf({ key }: { key: string }): Quota {
    return quotaFor(key)
  }

  /** Nothing is limited where the configuration has no such connector any more, so that what waits goes on. */
  function quotaFor(connector: string): Quota {
    return connectors.get(connector)?.quota ?? []
  }
}

async function read(context: restate.ObjectSharedContext): Promise<State> {
  return { ...empty, ...(await context.get<State>('quota')) }
}

function waitingIn({ head, tail }: State): number {
  return tail - head
}

function keyOf(place: number): string {
  return `place ${place}`
}
