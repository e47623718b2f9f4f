import type { IncomingHttpHeaders } from 'node:http'
import type { Exchange } from './exchange.ts'
import { problem } from './problem-types.ts'

/** How many bytes of bodies a server holds at once, in requests that are not answered yet. */
const maxBytes = 256 * 1024 * 1024

/** Counts the bytes of the bodies of known senders, over all requests of a server. */
export class HeldBodies {
  readonly #held = new Map<Exchange, number>()
  #total = 0

  /**
   * Counts so many bytes for the request, instead of what was counted for it before.
   *
   * @throws Problem, 503 `endpoint.unavailable`, where others hold so many that these are too many.
   */
  hold(exchange: Exchange, bytes: number): void {
    this.release(exchange)
    if (this.#total > 0 && this.#total + bytes > maxBytes)
      throw problem('endpoint.unavailable', 'Too many bytes are being worked on. Send this again.', {
        headers: { 'retry-after': '5' },
      })
    this.#total += bytes
    this.#held.set(exchange, bytes)
  }

  /** The request is answered. */
  release(exchange: Exchange): void {
    this.#total -= this.#held.get(exchange) ?? 0
    this.#held.delete(exchange)
  }
}

/** What a body will have at most, as its headers say. */
export function declaredBytes(headers: IncomingHttpHeaders, maxBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return maxBytes
  return Math.min(Number(headers['content-length'] ?? 0), maxBytes)
}
