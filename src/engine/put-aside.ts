import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'

const calls = new AsyncLocalStorage<() => void>()

/**
 * Serves one call of the engine's so that what it calls can be put aside with `putAside`.
 *
 * The engine puts an invocation aside by ending the call's input, after which the SDK suspends it where it waits. It
 * does so only when nothing has happened for as long as the longest step takes, and until then the invocation has one
 * of the few places for those that are under way. Who knows that there is no step need not wait: for the SDK, the input
 * ends here.
 */
export function withPutAside<Request extends IncomingMessage | Http2ServerRequest>(
  request: Request,
  serve: (request: Request) => void,
): void {
  const { promise: isAside, resolve: end } = Promise.withResolvers<IteratorResult<unknown>>()
  const input = request[Symbol.asyncIterator]()
  // When the input has ended for the SDK, how the engine ends it is of no interest.
  const next = () =>
    new Promise<IteratorResult<unknown>>((resolve, reject) => {
      void isAside.then(resolve)
      input.next().then(resolve, reject)
    })
  Object.defineProperty(request, Symbol.asyncIterator, { value: () => ({ next }) })
  calls.run(
    () => end({ done: true, value: undefined }),
    () => serve(request),
  )
}

/** Puts the invocation aside that this is called from, until something comes that it waits for. */
export function putAside(): void {
  calls.getStore()?.()
}
