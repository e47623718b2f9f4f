import type { Suppressing } from '../engine/observation.ts'
import type { AdderEvent } from './event.ts'
import type { Suppression } from './suppression.ts'

export interface SuppressingOptions {
  suppressions: readonly Suppression[]
  /** Milliseconds since 1970. Default: the system's clock. */
  now?: () => number
  /** Told of a suppression that can't say whether it is about an event. */
  onFault(suppression: string, error: unknown): void
}

export type SuppressionState = 'active' | 'not yet' | 'expired'

/** Whether a suppression holds at a time, in milliseconds since 1970. */
export function suppressionState({ from, until }: Pick<Suppression, 'from' | 'until'>, now: number): SuppressionState {
  if (now >= Date.parse(until)) return 'expired'
  return from !== undefined && now < Date.parse(from) ? 'not yet' : 'active'
}

/** Which suppressions hold an event off at this moment. */
export function suppressing({
  suppressions,
  now = Date.now,
  onFault,
}: SuppressingOptions): (event: AdderEvent) => Suppressing[] {
  return (event) => {
    const at = now()
    return suppressions.filter((each) => suppressionState(each, at) === 'active' && isAbout(each, event)).map(told)
  }

  function isAbout({ name, on, when }: Suppression, { kind, data }: AdderEvent): boolean {
    if (on.kind !== kind) return false
    try {
      return on.conditions.every(({ holds }) => holds(data)) && (when === undefined || when({ event: data }))
    } catch (error) {
      onFault(name, error)
      return false
    }
  }
}

function told({ name, reason, owner, until, automations }: Suppression): Suppressing {
  return { name, reason, owner, until, ...(automations === undefined ? {} : { automations }) }
}
