import type { Schedule } from '../engine/clocks.ts'
import type { Automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { isSchedule, scheduleKind, type Tick } from './schedule.ts'

/** The schedules of automations by their names, as the engine keeps their time. */
export function schedules(automations: readonly Automation[]): ReadonlyMap<string, Schedule<AdderEvent>> {
  return new Map(
    automations.flatMap(({ name, on }) =>
      isSchedule(on)
        ? [[name, { text: on.text, next: on.next, event: (dueAt: number) => tickEvent(name, dueAt) }] as const]
        : [],
    ),
  )
}

/** The same for the same automation and time, so that a tick happens once. */
function tickEvent(automation: string, dueAt: number): AdderEvent<string, Tick> {
  const kind = scheduleKind(automation)
  const scheduledAt = new Date(dueAt).toISOString()
  return { kind, id: eventIdentity(kind, [scheduledAt]), at: scheduledAt, source: 'schedule', data: { scheduledAt } }
}
