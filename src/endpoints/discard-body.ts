import type { IncomingMessage } from 'node:http'

/** For how long the rest of a refused body is read, in milliseconds. */
const maxMs = 500

/** How much of it is read, in bytes. */
const maxBytes = 16 * 1024 * 1024

/**
 * Reads the rest of a refused request's body and throws it away, so that its caller comes to read the answer: closing a
 * connection with unread bytes resets it, and the reset can overtake the answer. Of a body that goes on for longer,
 * 16 MiB are read, and its connection ends half a second after the refusal; after one that ends before, the connection
 * can be used again.
 */
export function discardBody(request: IncomingMessage): void {
  let bytes = 0
  const timer = setTimeout(() => request.destroy(), maxMs).unref()
  request.unpipe()
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    // Not the end yet: a caller that writes without a break has to be held up before it looks for an answer.
    if (bytes > maxBytes) request.pause()
  })
  request.resume()
  for (const event of ['end', 'close']) request.once(event, () => clearTimeout(timer))
}

/** Whether there is more of the body to come. */
export function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
