import { ConnectorUnavailable } from '../../errors/connector-errors.ts'

/** Runs the work when all earlier work with the same key has ended, whatever became of that. */
export type WriteQueue = <T>(key: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/**
 * A queue for writes to one thing at a time; different keys don't wait for each other. Where the signal is aborted
 * before its turn, the work is not begun and `ConnectorUnavailable` is thrown.
 */
export function writeQueue(): WriteQueue {
  const last = new Map<string, Promise<unknown>>()

  return async (key, signal, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const turn = before.then(() => {
      if (signal.aborted) throw waitedTooLong()
      return work()
    })
    const ended = turn.catch(() => undefined)
    last.set(key, ended)
    void ended.then(() => {
      if (last.get(key) === ended) last.delete(key)
    })
    return await Promise.race([turn, rejectOnAbort(before, signal)])
  }
}

/** Rejects when the signal is aborted before the turn has come; never settles otherwise. */
function rejectOnAbort(turnComes: Promise<unknown>, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(waitedTooLong())
    signal.addEventListener('abort', stop, { once: true })
    void turnComes.then(() => signal.removeEventListener('abort', stop))
  })
}

function waitedTooLong(): ConnectorUnavailable {
  return new ConnectorUnavailable('Jira: earlier writes to the same ticket took too long', { mayHaveHappened: false })
}
