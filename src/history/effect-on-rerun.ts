import type { ShownEffect } from './show-run.ts'

/**
 * What a re-run does about an effect that an earlier generation has begun:
 * - `found again`: it is there and is recognised by its key or marker; nothing is made;
 * - `looked for first`: whether it was made is not certain; it is made where it is not found;
 * - `looked at first`: the present state is read; it is made where that is not so any more;
 * - `will repeat`: it may be there, and nothing can tell;
 * - `will be made`: it is not there, or the outside system sees by its key that it is.
 */
export type EffectOnRerun = 'found again' | 'looked for first' | 'looked at first' | 'will repeat' | 'will be made'

export function effectOnRerun({ state, once }: Pick<ShownEffect, 'state' | 'once'>): EffectOnRerun {
  if (state === 'refused') return 'will be made'
  if (once === 'by state') return 'looked at first'
  const isThere = state === 'made' || state === 'found' || state === 'joined'
  if (once === 'by key') return isThere ? 'found again' : 'will be made'
  if (once === 'by marker') return isThere ? 'found again' : 'looked for first'
  // An attempt that was cut off is told as begun only, and may have made it.
  return 'will repeat'
}
