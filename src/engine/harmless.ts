import type { Observe } from './observation.ts'

/** An observer's fault is not the run's: inside a recorded step it would have the step done again. */
export function harmless(observe: Observe): Observe {
  return (observation) => {
    try {
      observe(observation)
    } catch {
      // What failed to be told has happened all the same.
    }
  }
}
