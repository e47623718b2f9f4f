import { hash } from 'node:crypto'

export interface EffectIdentity {
  automation: string
  /** The event's identity. */
  event: string
  /** `jira.comment`. */
  effect: string
  /** Tells effects of one kind in one run apart. */
  discriminator: string
}

/**
 * The marker of an effect: the same for every attempt and every generation of the run, so that what was made once is
 * found again. `adder-` and 24 hexadecimal digits, which every system takes as a label.
 */
export function effectMarker({ automation, event, effect, discriminator }: EffectIdentity): string {
  const digest = hash('sha256', JSON.stringify([automation, event, effect, discriminator]), 'hex')
  return `adder-${digest.slice(0, 24)}`
}
