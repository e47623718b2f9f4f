import { AsyncLocalStorage } from 'node:async_hooks'

const runs = new AsyncLocalStorage<true>()

/** Calls a program so that a promise which it lets reject without looking ends neither this process nor other runs. */
export function withinRun<T>(program: () => T): T {
  return runs.run(true, program)
}

/**
 * From now on, promises of runs may reject before anybody waits for them, as in `const a = one(); const b = two();
 * await a; await b`. Any other promise that rejects unheard ends the process, as it does without this.
 *
 * @returns what ends it.
 */
export function tolerateStrayRejections(): () => void {
  process.on('unhandledRejection', tolerate)
  return () => process.off('unhandledRejection', tolerate)
}

function tolerate(reason: unknown): void {
  if (runs.getStore() === undefined) throw reason
}
