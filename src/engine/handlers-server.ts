import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Http2Server, type Settings } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { HandlersAddress } from './cluster.ts'
import { HandlersAddressUnusable } from './engine-errors.ts'
import { withPutAside } from './put-aside.ts'
import type { Serve } from './signed-calls.ts'

/** The server that the engine calls Adder's services on. */
export interface HandlersServer {
  url: string
  close(): void
}

/**
 * How many calls the nodes of a cluster have under way on one connection. A balancer shares out connections, so that few
 * calls on each means that every Adder gets its share.
 */
const callsPerConnection = 20

/**
 * Serves the services on a loopback port that stays the same from start to start, because the engine keeps the
 * address with the runs under way. Only where the port is taken by something else, another is chosen.
 *
 * @param portFile remembers the port.
 */
export async function serveHandlers(serve: Serve, portFile: string): Promise<HandlersServer> {
  const { server, close } = createHandlers(serve)
  const loopback = '127.0.0.1'
  const port =
    (await listen(server, { host: loopback, port: rememberedPort(portFile) })) ??
    (await listen(server, { host: loopback, port: 0 }))
  if (port === undefined) throw new Error('no loopback port can be listened on')
  writeFileSync(portFile, String(port), { mode: 0o600 })
  return { url: `http://${loopback}:${port}`, close }
}

/**
 * Serves the services to a cluster, whose nodes call them under one address for all Adders.
 *
 * @throws HandlersAddressUnusable
 */
export async function serveHandlersAt(
  serve: Serve,
  { url, host = '127.0.0.1', port }: HandlersAddress,
): Promise<HandlersServer> {
  const { server, close } = createHandlers(serve, { maxConcurrentStreams: callsPerConnection })
  const listening = await listen(server, { host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw new HandlersAddressUnusable({ host, port }, cause)
  })
  if (listening === undefined) throw new HandlersAddressUnusable({ host, port }, new Error('it is in use'))
  return { url, close }
}

function createHandlers(serve: Serve, settings: Settings = {}) {
  const server = createServer({ settings }, (request, response) => withPutAside(request, (own) => serve(own, response)))
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    // The engine's end of a session breaks whenever the engine does.
    session.on('error', () => undefined)
  })
  const close = (): void => {
    server.close()
    for (const session of sessions) session.destroy()
  }
  return { server, close }
}

function rememberedPort(portFile: string): number {
  try {
    const port = Number(readFileSync(portFile, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
  } catch {
    return 0
  }
}

/** The port; undefined where a certain one is taken. */
function listen(server: Http2Server, { host, port }: { host: string; port: number }): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && port !== 0) resolve(undefined)
      else reject(error)
    }
    server.once('error', onError)
    server.listen(port, host, () => {
      server.off('error', onError)
      resolve((server.address() as AddressInfo).port) // a TCP server's address is one
    })
  })
}
