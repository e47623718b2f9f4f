import { hash } from 'node:crypto'

/** The key that a run is known by in the engine: one automation, one event, one generation. */
export function runKey(automation: string, event: string, generation: number): string {
  return hash('sha256', JSON.stringify([automation, event, generation]), 'hex')
}
