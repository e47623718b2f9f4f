import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** Passes bytes on between clients and a server on this machine, and cuts them off when it is told to. */
export interface CutProxy {
  port: number
  /** How many clients have connected so far. */
  connections(): number
  /** How many of them are connected now. */
  open(): number
  /** Cuts every connection now. */
  cut(): void
  /** From now on, what the server says does not arrive. */
  mute(): void
  /** From now on, what either says does not arrive. */
  freeze(): void
  /** Freezes as soon as a client has said this, and resolves then. */
  freezeAfter(said: Buffer): Promise<void>
  close(): void
}

export async function startCutProxy(targetPort: number): Promise<CutProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let connections = 0
  let last: { said: Buffer; frozen(): void } | undefined
  const server = createServer((client) => {
    connections += 1
    const target = connect(targetPort, '127.0.0.1')
    const pair = [client, target] as const
    pairs.add(pair)
    client.pipe(target)
    client.on('data', (bytes) => {
      if (last === undefined || !bytes.includes(last.said)) return
      freeze()
      last.frozen()
    })
    target.pipe(client)
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        for (const each of pair) each.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const freeze = () => {
    for (const [client, target] of pairs) {
      client.unpipe(target).resume()
      target.unpipe(client).resume()
    }
  }
  const cut = () => {
    for (const [client, target] of pairs) for (const each of [client, target]) each.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port, // a listening TCP server's address is one
    connections: () => connections,
    open: () => pairs.size,
    cut,
    mute() {
      for (const [client, target] of pairs) target.unpipe(client).resume()
    },
    freeze,
    freezeAfter(said) {
      const { promise, resolve } = Promise.withResolvers<void>()
      last = { said, frozen: resolve }
      return promise
    },
    close() {
      server.close()
      cut()
    },
  }
}
