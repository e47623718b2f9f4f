import type { Automation } from './automation.ts'
import { isRequest, requestKind } from './request.ts'
import { isSchedule, scheduleKind } from './schedule.ts'

/** The kind of the events that an automation starts on: those that it is asked for by, or scheduled, are its own. */
export function eventKind({ name, on }: Pick<Automation, 'name' | 'on'>): string {
  if (isRequest(on)) return requestKind(name)
  return isSchedule(on) ? scheduleKind(name) : on.kind
}
