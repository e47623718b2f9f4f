import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { UncheckedRequest } from './request.ts'

/** The connections that came in over a local socket. */
const localSockets = new WeakSet<Socket>()

/** Held while the local socket is listened on. */
export interface LocalListener {
  /** Ends its connections and removes the socket. */
  close(): Promise<void>
}

/**
 * Answers on a Unix socket as well what the server answers, for whoever owns this Adder: a caller there is the local
 * operator and may do what any bearer token may. The socket's mode is 0600; it must lie in a folder that only its owner
 * can enter, and must never be put behind a proxy. A socket that an earlier process has left there is replaced, so the
 * caller must be the only owner of the folder.
 */
export async function listenLocally(server: FastifyInstance, socketPath: string): Promise<LocalListener> {
  await server.ready()
  await rm(socketPath, { force: true })
  const local = createServer({ requestTimeout: 10_000 }, (request, response) => server.routing(request, response))
  local.on('connection', (socket) => localSockets.add(socket))
  await listening(local, socketPath)
  await chmod(socketPath, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        local.close(() => resolve())
        local.closeAllConnections()
      }),
  }
}

/** Whether the request came in over a local socket. Nothing that a request says can make it so. */
export function isFromLocalOperator({ raw }: UncheckedRequest): boolean {
  return localSockets.has(raw.raw.socket)
}

function listening(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
