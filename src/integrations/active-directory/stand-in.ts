import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { everyShare } from '../../stand-ins/every-share.ts'
import { listen } from '../../stand-ins/listen.ts'
import type { Misbehaviour, StandIn } from '../../stand-ins/stand-in.ts'
import { authority, certificate, privateKey } from '../../stand-ins/test-certificate.ts'
import { acmeDirectory, baseDn, serviceDn } from './stand-in/acme-directory.ts'
import { answer, type DirectorySession } from './stand-in/answer.ts'
import type { DirectoryEntry } from './stand-in/directory-entry.ts'
import { extendedAnswer, type LdapRequest, startTlsOid, takeRequest } from './stand-in/ldap-protocol.ts'

export interface DirectoryStandInOptions {
  /** Default: Acme, with `mlisa` and her colleagues. */
  entries?: readonly DirectoryEntry[]
  /** Speaks plain LDAP until the client asks for StartTLS; otherwise TLS from the first byte. Default false. */
  startTls?: boolean
  /** Of every account. Default: a random one for each stand-in. */
  password?: string
  /** The most entries of one search, whatever the client asks for. Default 1,000, as Active Directory's. */
  maxEntries?: number
  /** Default 0: the system picks one. */
  port?: number
}

export interface DirectoryMisbehaviour extends Misbehaviour {
  /** Accepts connections and never answers. */
  silent?: boolean
  /** Cuts the connection instead of answering this request from now; 1 is the next. */
  cutAt?: number
}

export interface DirectoryStandIn extends StandIn {
  port: number
  /** What a client has to trust, as PEM. */
  ca: string
  baseDn: string
  bindDn: string
  /** Of the service account, and of every other. */
  password: string
  /** What was asked, oldest first: `bind`, `search`, `extended` and so on; the last 1,000. */
  readonly requests: readonly string[]
  /** How many connections are open. */
  readonly connections: number
  misbehave(how: DirectoryMisbehaviour): void
}

const maxRecorded = 1000
const busy = { code: 51, says: 'The server is busy' }
const broken = { code: 52, says: 'The server is unavailable' }

/**
 * A directory that speaks LDAP v3 over TLS on 127.0.0.1 and answers as Active Directory does: simple binds only, none
 * without TLS, nothing before a bind, result code 49 with AD's own `data` codes, constructed attributes only by name.
 * Whatever it does not know it refuses. It is listening once the promise resolves.
 *
 * Of a misbehaviour, `rateLimited` answers with busy (51) and `broken` with unavailable (52).
 *
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-adts (read in November 2026)
 */
export async function startDirectory({
  entries = acmeDirectory(),
  startTls = false,
  password = randomUUID(),
  maxEntries = 1000,
  port: wantedPort = 0,
}: DirectoryStandInOptions = {}): Promise<DirectoryStandIn> {
  const secureContext = createSecureContext({ cert: certificate, key: privateKey })
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const stopped = new AbortController()
  let illness = ill({})

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const session: DirectorySession = { isBound: false, isSecure: !startTls, entries, password, maxEntries }
    if (startTls) serve(socket, session)
    else serve(secured(socket), session)
  })

  function secured(socket: Socket): Socket {
    const secure = new TLSSocket(socket, { isServer: true, secureContext })
    return secure.on('error', () => socket.destroy())
  }

  function serve(socket: Socket, session: DirectorySession): void {
    let pending = Buffer.alloc(0)
    let turn = Promise.resolve()

    const read = (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes])
      try {
        for (let taken = takeRequest(pending); taken !== undefined; taken = takeRequest(pending)) {
          const { request, rest } = taken
          pending = Buffer.from(rest)
          turn = turn.then(() => respond(request)).catch(() => void socket.destroy())
        }
      } catch {
        socket.destroy()
      }
    }
    socket.on('data', read)

    async function respond(request: LdapRequest): Promise<void> {
      requests.push(request.kind)
      if (requests.length > maxRecorded) requests.shift()
      const mishap = illness()
      if (mishap.isSilent) return
      if (mishap.slowMs) await wait(mishap.slowMs, undefined, { signal: stopped.signal })
      if (mishap.isCut || request.kind === 'unbind') {
        socket.destroy()
      } else if (request.kind === 'extended' && request.oid === startTlsOid && !session.isSecure) {
        socket.off('data', read).write(extendedAnswer(request.id, { code: 0 }))
        serve(secured(socket), { ...session, isSecure: true })
      } else {
        for (const message of answer(request, session, mishap.refusal)) socket.write(message)
      }
    }
  }

  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const listening = await listen(server, { port: wantedPort, cut })
  const { port } = listening

  return {
    url: `${startTls ? 'ldap' : 'ldaps'}://127.0.0.1:${port}`,
    port,
    ca: authority,
    baseDn,
    bindDn: serviceDn,
    password,
    requests,
    get connections() {
      return sockets.size
    },
    misbehave(how) {
      illness = ill(how)
      listening.setDown(how.down === true)
    },
    async close() {
      stopped.abort()
      listening.close()
    },
  }
}

interface Mishap {
  isSilent: boolean
  isCut: boolean
  slowMs: number | undefined
  refusal: { code: number; says: string } | undefined
}

function ill({ silent = false, slowMs, cutAt, rateLimited, broken: share }: DirectoryMisbehaviour): () => Mishap {
  const isBusy = everyShare(rateLimited)
  const isBroken = everyShare(share)
  let asked = 0
  return () => ({
    isSilent: silent,
    isCut: ++asked === cutAt,
    slowMs,
    refusal: isBusy() ? busy : isBroken() ? broken : undefined,
  })
}
