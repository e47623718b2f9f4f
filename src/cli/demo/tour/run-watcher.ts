import type { Observation, Observe } from '../../../engine/observation.ts'

/** Looks for something; undefined and false where it is not there yet. */
export type Look<T> = (happened?: Observation) => T | undefined | false

export interface RunWatcher {
  observe: Observe
  /**
   * Resolves with what a look finds. It looks at once, and again whenever something has happened in a run, which it is
   * told then. Looks no more, and never resolves, once the signal aborts.
   */
  until<T>(look: Look<T>, signal?: AbortSignal): Promise<T>
}

/** Waits for what runs bring about, without asking time and again. */
export function runWatcher(): RunWatcher {
  const looks = new Set<(happened?: Observation) => void>()
  return {
    observe(observation) {
      for (const look of [...looks]) look(observation)
    },
    until: (look, signal) =>
      new Promise((resolve) => {
        const lookAgain = (happened?: Observation): void => {
          const found = look(happened)
          if (found === undefined || found === false) return
          looks.delete(lookAgain)
          resolve(found)
        }
        looks.add(lookAgain)
        signal?.addEventListener('abort', () => looks.delete(lookAgain))
        lookAgain()
      }),
  }
}
