import { Transform } from 'node:stream'
import type { Exchange } from './exchange.ts'
import { problem } from './problem-types.ts'

/** How many bytes of bodies a server holds at once whose senders are not known yet. */
const maxBytes = 64 * 1024 * 1024

/** Counts the bytes of bodies that are read before anybody knows who sent them, over all requests of a server. */
export class UnverifiedBytes {
  readonly #held = new Map<Exchange, number>()
  #total = 0

  /**
   * A stream that a request's body goes through to be counted. It fails with 503 `endpoint.unavailable` where the
   * server would hold more than 64 MiB of such bytes.
   */
  counter(exchange: Exchange): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.#total + chunk.length > maxBytes) {
          done(tooMuch())
          return
        }
        this.#total += chunk.length
        this.#held.set(exchange, (this.#held.get(exchange) ?? 0) + chunk.length)
        done(null, chunk)
      },
    })
  }

  /** Counts the request's bytes no longer: its sender is known, or it is over. */
  release(exchange: Exchange): void {
    this.#total -= this.#held.get(exchange) ?? 0
    this.#held.delete(exchange)
  }
}

function tooMuch() {
  return problem('endpoint.unavailable', 'Too many bytes of unknown senders are being read. Send this again.', {
    headers: { 'retry-after': '5' },
  })
}
