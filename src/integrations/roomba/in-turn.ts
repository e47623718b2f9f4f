/** Runs work one after the other, in the order in which it came. Rejects with what `late` makes where a signal aborts first. */
export function inTurn(late: () => Error) {
  let last = Promise.resolve()
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const before = last
    const over = Promise.withResolvers<void>()
    last = before.then(() => over.promise)
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(late())
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    try {
      await Promise.race([before, aborted.promise])
      // From here on the work itself says how far it got.
      signal.removeEventListener('abort', abort)
      return await work()
    } finally {
      signal.removeEventListener('abort', abort)
      over.resolve()
    }
  }
}
