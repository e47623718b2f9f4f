import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** A port that is free now: the senders have to know it before Adder listens on it. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo // a TCP server's address is one
      server.close(() => resolve(port))
    })
  })
}
