import * as restate from '@restatedev/restate-sdk'
import type { EngineEvent } from './engine-event.ts'
import type { Ingress } from './ingress.ts'
import type { Pauses } from './pauses.ts'
import { eventsService } from './service-inputs.ts'
import type { SharedHandling } from './shared-handling.ts'

/** When an automation is due, again and again. */
export interface Schedule<Event extends EngineEvent> {
  /** Says what it is; one with another text is another one. */
  text: string
  /** When it is due next after a time, both in milliseconds since 1970; undefined where it never is. */
  next(after: number): number | undefined
  /** The event of a time at which it is due. */
  event(dueAt: number): Event
}

/** What the engine keeps for an automation: the only timer that counts, and for when it is set. */
interface Timer {
  /** Of the schedule that it is set for. */
  text: string
  /** When it is due, and when it was set: milliseconds since 1970. */
  dueAt: number
  setAt: number
  /** Tells it from the timers that it has taken the place of. */
  id: string
}

export interface ClocksOptions<Event extends EngineEvent> {
  schedules: ReadonlyMap<string, Schedule<Event>>
  pauses: Pauses
  handling: SharedHandling
}

const objectName = 'adder.clocks'
const timerKey = 'timer'

/** How often it is looked whether a pause that holds a tick back has ended, in milliseconds. */
const lookAgainMs = 5000

/** A timer that is so late, in milliseconds, is set once more. */
const lostAfterMs = 600_000

/**
 * The clocks of the automations that have a schedule, an object of the engine for each: its timer is a call of itself
 * that the engine delays, so that no process has to be there for it. When it is due it hands its event in and sets the
 * next, from the present on: ticks that were missed are one.
 */
export function clocksObject<Event extends EngineEvent>({ schedules, pauses, handling }: ClocksOptions<Event>) {
  return restate.object({
    name: objectName,
    handlers: {
      /** Sets the timer where none is set for this schedule, or the one that is must have got lost. */
      arm: restate.handlers.object.exclusive(handling, async (context: restate.ObjectContext) => {
        const present = await context.get<Timer>(timerKey)
        const timer = await context.run('arm', () => armed(context.key, present) ?? null)
        if (timer !== null) setTimer(context, timer)
      }),
      /** Called when a timer is due. */
      tick: restate.handlers.object.exclusive(handling, async (context: restate.ObjectContext, id: string) => {
        const timer = await context.get<Timer>(timerKey)
        if (timer?.id !== id) return
        const decision = await context.run('tick', () => decide(context.key, timer))
        if (decision.kind === 'stop') context.clear(timerKey)
        else if (decision.kind === 'wait') callLater(context, timer, decision.ms)
        else {
          if (decision.event !== undefined) handIn(context, decision.event)
          if (decision.next === undefined) context.clear(timerKey)
          else setTimer(context, decision.next)
        }
      }),
    },
  })

  /** The timer to set now; undefined where the present one is right, or there is no schedule. */
  function armed(automation: string, present: Timer | null): Timer | undefined {
    const schedule = schedules.get(automation)
    const now = Date.now()
    if (schedule === undefined) return undefined
    if (present?.text !== schedule.text) return nextTimer(schedule, now)
    // Where it is only late, as in a pause, its call finds that another one has taken its place.
    const isLost = present.dueAt + lostAfterMs < now
    return isLost ? { ...present, setAt: present.dueAt, id: crypto.randomUUID() } : undefined
  }

  async function decide(automation: string, { text, dueAt }: Timer): Promise<Decision<Event>> {
    const schedule = schedules.get(automation)
    if (schedule === undefined) return { kind: 'stop' }
    const now = Date.now()
    // Its schedule has changed, and no process has set the clock by it yet.
    if (text !== schedule.text) return { kind: 'go on', next: nextTimer(schedule, now) }
    // The clock of this machine may have been put back.
    if (now < dueAt) return { kind: 'wait', ms: dueAt - now }
    if ((await pauses.holding('tick', automation)) !== undefined) return { kind: 'wait', ms: lookAgainMs }
    return { kind: 'go on', event: schedule.event(dueAt), next: nextTimer(schedule, now) }
  }
}

type Decision<Event> =
  | { kind: 'stop' }
  | { kind: 'wait'; ms: number }
  | { kind: 'go on'; event?: Event; next: Timer | undefined }

/** Sets the clocks of these automations, where they are not set already. */
export async function armClocks(ingress: Ingress, automations: Iterable<string>): Promise<void> {
  for (const automation of automations)
    await ingress.send({
      service: objectName,
      object: automation,
      handler: 'arm',
      input: null,
      key: crypto.randomUUID(),
    })
}

function nextTimer<Event extends EngineEvent>(schedule: Schedule<Event>, now: number): Timer | undefined {
  const dueAt = schedule.next(now)
  return dueAt === undefined ? undefined : { text: schedule.text, dueAt, setAt: now, id: crypto.randomUUID() }
}

function setTimer(context: restate.ObjectContext, timer: Timer): void {
  context.set(timerKey, timer)
  callLater(context, timer, timer.dueAt - timer.setAt)
}

function callLater(context: restate.ObjectContext, { id }: Timer, delay: number): void {
  send(context, { service: objectName, method: 'tick', key: context.key, delay }, id)
}

function handIn(context: restate.ObjectContext, event: EngineEvent): void {
  send(context, { service: eventsService, method: 'accept', idempotencyKey: event.id }, { event })
}

function send(
  context: restate.ObjectContext,
  target: { service: string; method: string; key?: string; delay?: number; idempotencyKey?: string },
  input: unknown,
): void {
  const headers = { 'content-type': 'application/json' }
  context.genericSend({ ...target, headers, parameter: Buffer.from(JSON.stringify(input)) })
}
