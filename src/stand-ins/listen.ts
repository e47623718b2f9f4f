import type { AddressInfo, Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** A server that listens on 127.0.0.1, and can be down for a while and well again on the same port. */
export interface Listening {
  port: number
  setDown(isDown: boolean): void
  close(): void
}

/**
 * Has a server listen.
 *
 * @param port 0: the system picks one.
 * @param cut cuts its connections, when it goes down and in the end.
 */
export async function listen(server: Server, { port: wanted, cut }: { port: number; cut(): void }): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(wanted, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // a listening TCP server's address is one
  const closed = new AbortController()
  let isDown = false
  // Somebody else may hold the port for a moment when it gets well again.
  server.on('error', () => setTimeout(20, undefined, { signal: closed.signal }).then(listenAgain, () => undefined))

  function listenAgain(): void {
    if (!isDown && !closed.signal.aborted && !server.listening) server.listen(port, '127.0.0.1')
  }

  function stop(): void {
    server.close()
    cut()
  }

  return {
    port,
    setDown(down) {
      isDown = down
      if (isDown) stop()
      else listenAgain()
    },
    close() {
      closed.abort()
      stop()
    },
  }
}
