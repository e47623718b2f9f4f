import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  url: string
  close(): void
}

/** How long a target has to answer before the next one is tried, in milliseconds. */
const connectsWithinMs = 1000

/**
 * Shares out connections among loopback ports, one after the other; a port where nobody listens is passed over. What
 * HAProxy, or the balancer of a cloud, does in mode TCP.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    keep(client)
    turn += 1
    forward(client, [...ports.slice(turn % ports.length), ...ports.slice(0, turn % ports.length)])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server's address is one
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }

  function forward(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      client.destroy()
      return
    }
    const target = keep(connect(port, '127.0.0.1'))
    const giveUp = setTimeout(() => target.destroy(), connectsWithinMs)
    let isConnected = false
    target.once('connect', () => {
      isConnected = true
      clearTimeout(giveUp)
      client.pipe(target).pipe(client)
    })
    target.once('close', () => {
      clearTimeout(giveUp)
      if (isConnected || client.destroyed) client.destroy()
      else forward(client, others)
    })
    client.once('close', () => target.destroy())
  }

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.setNoDelay(true)
    // Its end is all there is to know.
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
}
