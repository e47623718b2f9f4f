import type { ShownEffect } from './show-run.ts'

/**
 * What a re-run does about an effect that an earlier generation has tried:
 * - `found again`: it is there and is recognised by its key or marker; nothing is made;
 * - `looked for first`: whether it was made is unknown; it is made where it is not found;
 * - `looked at first`: the present state is read; it is made where that is not so any more;
 * - `will repeat`: nothing can tell that it was made;
 * - `will be made`: it has not been made.
 */
export type EffectOnRerun = 'found again' | 'looked for first' | 'looked at first' | 'will repeat' | 'will be made'

export function effectOnRerun({ state, once }: Pick<ShownEffect, 'state' | 'once'>): EffectOnRerun {
  if (state === 'trying' || state === 'refused') return 'will be made'
  if (once === 'by state') return 'looked at first'
  if (once !== 'by key' && once !== 'by marker') return 'will repeat'
  return state === 'unknown' ? 'looked for first' : 'found again'
}
