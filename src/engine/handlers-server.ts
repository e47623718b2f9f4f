import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { RestateEndpoint } from '@restatedev/restate-sdk'
import { withPutAside } from './put-aside.ts'

/** The server that the engine calls Adder's services on. */
export interface HandlersServer {
  url: string
  close(): void
}

/**
 * Serves the services on a loopback port that stays the same from start to start, because the engine keeps the
 * address with the runs under way. Only where the port is taken by something else, another is chosen.
 *
 * @param portFile remembers the port.
 */
export async function serveHandlers(endpoint: RestateEndpoint, portFile: string): Promise<HandlersServer> {
  const serve = endpoint.http2Handler()
  const server = createServer((request, response) => withPutAside(request, (own) => serve(own, response)))
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    // The engine's end of a session breaks whenever the engine does.
    session.on('error', () => undefined)
  })
  const port = (await listen(server, rememberedPort(portFile))) ?? (await listen(server, 0))
  if (port === undefined) throw new Error('no loopback port can be listened on')
  writeFileSync(portFile, String(port), { mode: 0o600 })
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      for (const session of sessions) session.destroy()
    },
  }
}

function rememberedPort(portFile: string): number {
  try {
    const port = Number(readFileSync(portFile, 'utf8'))
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
  } catch {
    return 0
  }
}

function listen(server: Http2Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && port !== 0) resolve(undefined)
      else reject(error)
    }
    server.once('error', onError)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError)
      resolve((server.address() as AddressInfo).port) // a TCP server's address is one
    })
  })
}
