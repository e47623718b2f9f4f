import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls'
import { Client, type Entry, InvalidCredentialsError, ResultCodeError, type SearchOptions } from 'ldapts'
import type { Secret } from '../../secrets/secret.ts'

export interface DirectoryConnectionOptions {
  /** `ldaps:`, or `ldap:` together with `startTls`. */
  url: URL
  startTls: boolean
  bindDn: string
  password: Secret
  /** PEM. Default: the authorities that Node trusts. */
  ca: string | undefined
  /** The name that the certificate must be for. Default: the address's. */
  servername: string | undefined
  /** Of opening a connection, bind included, and of each operation. */
  timeoutMs: number
}

interface Link {
  /** The TLS socket; with StartTLS the TCP socket below it. */
  socket: Socket
  client: Promise<Client>
}

interface Refusal {
  password: string
  cause: InvalidCredentialsError
  until: number
}

const keepAliveMs = 60_000
/** Common lock-out rules allow ten wrong passwords in ten minutes: this leaves two. */
const refusalHoldsMs = 5 * 60_000

/**
 * One authenticated connection to a directory, opened when it is needed, shared by all searches at a time, and opened
 * anew after it broke. A search is never sent over a connection that is not bound or not TLS. A password that was refused
 * is not sent again for 5 minutes, so that a wrong one does not lock the account out; a new one is sent at once.
 */
export class DirectoryConnection {
  readonly #options: DirectoryConnectionOptions
  #link: Link | undefined
  #refusal: Refusal | undefined

  constructor(options: DirectoryConnectionOptions) {
    this.#options = options
  }

  /**
   * The entries that match; references to other servers are not followed. Rejects with what ldapts, the socket or TLS
   * say, for `directoryError` to explain.
   *
   * When the signal aborts, only this search ends: others share the connection, and one that is silent is closed when
   * its operation's time is over.
   */
  async search(base: string, options: SearchOptions, signal: AbortSignal): Promise<Entry[]> {
    return abortable(this.#search(base, options), signal)
  }

  close(): void {
    this.#link?.socket.destroy()
    this.#link = undefined
  }

  async #search(base: string, options: SearchOptions): Promise<Entry[]> {
    const link = this.#usableLink()
    const timeLimit = Math.ceil(this.#options.timeoutMs / 1000)
    try {
      const client = await link.client
      // A client of ldapts opens a broken connection anew by itself: not bound, and with StartTLS in the clear.
      if (!client.isBound) throw new Error('the connection was closed')
      return (await client.search(base, { ...options, timeLimit })).searchEntries
    } catch (cause) {
      // At once, and not when the socket notices: the next search must not find it.
      if (!(cause instanceof ResultCodeError)) link.socket.destroy()
      throw cause
    }
  }

  #usableLink(): Link {
    const refusal = this.#refusal
    if (refusal?.password === this.#options.password.reveal() && Date.now() < refusal.until) throw refusal.cause
    if (this.#link === undefined || this.#link.socket.destroyed) this.#link = this.#open()
    return this.#link
  }

  #open(): Link {
    const socket = this.#connect().setKeepAlive(true, keepAliveMs)
    const closed = new Promise<never>((_, reject) => {
      socket.once('close', () => reject(new Error('the connection was closed')))
    })
    closed.catch(() => undefined)
    return { socket, client: this.#authenticate(socket, closed) }
  }

  /** Everything up to the bind within one time-out: ldapts has none for the handshake of StartTLS. */
  async #authenticate(socket: Socket, closed: Promise<never>): Promise<Client> {
    const { timeoutMs } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('did not answer in time')), timeoutMs)
    })
    try {
      return await Promise.race([this.#bind(socket), closed, late])
    } catch (cause) {
      socket.destroy()
      throw cause
    } finally {
      clearTimeout(timer)
    }
  }

  async #bind(socket: Socket): Promise<Client> {
    const { url, bindDn, password, timeoutMs } = this.#options
    const given =
      socket instanceof TLSSocket ? { createSecureConnection: () => socket } : { createConnection: () => socket }
    const client = new Client({ url: url.href, timeout: timeoutMs, ...given })
    if (!(socket instanceof TLSSocket)) await client.startTLS(this.#tlsOptions())
    // An empty password would bind as nobody, and succeed; a secret never reveals one.
    const sent = password.reveal()
    await client.bind(bindDn, sent).catch((cause: unknown) => {
      if (cause instanceof InvalidCredentialsError)
        this.#refusal = { password: sent, cause, until: Date.now() + refusalHoldsMs }
      throw cause
    })
    return client
  }

  #connect(): Socket {
    const { url, startTls } = this.#options
    const address = { host: hostOf(url), port: Number(url.port || (startTls ? 389 : 636)) }
    return startTls ? connectTcp(address) : connectTls({ ...address, ...this.#tlsOptions() })
  }

  #tlsOptions(): ConnectionOptions {
    const { url, ca, servername } = this.#options
    const host = hostOf(url)
    // An IP address can't be a server name in TLS; the certificate is checked against `host` then.
    const name = servername ?? (isIP(host) ? undefined : host)
    return { host, ...(name === undefined ? {} : { servername: name }), ...(ca === undefined ? {} : { ca }) }
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const stop = () => aborted.reject(new Error('did not answer in time'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', stop))
}
