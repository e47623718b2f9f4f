import type { EngineEvent } from './engine-event.ts'
import type { Suppressing } from './observation.ts'
import type { Programs } from './services.ts'

/** What an event starts, and what it does not start because a rule holds it off. */
export interface Starting {
  automations: readonly string[]
  /** The rules that hold something off, or would, were there something to start. */
  suppressedBy: readonly Suppressing[]
}

/** Decides what an event starts. The answer may be another one a moment later, so it is asked once for each event. */
export function starting<Event extends EngineEvent>(programs: Programs<Event>, event: Event): Starting {
  const matching = programs.matching(event)
  const suppressing = programs.suppressing?.(event) ?? []
  const holdsOff = ({ automations }: Suppressing, name: string) => automations?.includes(name) ?? true
  return {
    automations: matching.filter((name) => !suppressing.some((each) => holdsOff(each, name))),
    suppressedBy: suppressing.filter(
      (each) => each.automations === undefined || matching.some((name) => holdsOff(each, name)),
    ),
  }
}
