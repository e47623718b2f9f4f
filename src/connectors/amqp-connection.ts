import type { Duplex } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'
import type { AmqpBroker } from './amqp-broker.ts'
import { amqpError } from './amqp-error.ts'
import type { CallOptions } from './effect.ts'

/** A channel that numbers what is published on it, so that the broker can confirm it. */
export type AmqpChannel = ConfirmChannel

/** How long opening a connection may take, in milliseconds. */
const openTimeoutMs = 10_000
const closeTimeoutMs = 500
/** How often both sides say that they are there, in seconds; a side that was silent for two of these is given up. */
const heartbeatSeconds = 10

/**
 * A connection to a broker of AMQP 0-9-1, opened when it is first needed and again after it broke. It never tries again
 * by itself, because the engine does.
 */
export class AmqpConnection {
  readonly #broker: AmqpBroker
  /** How people call the system, in error messages. */
  readonly title: string
  #open: Promise<ChannelModel> | undefined
  /** Why a broker reads nothing more of what it is sent on a connection, until it says that it does again. */
  readonly #alarms = new WeakMap<ChannelModel, string>()

  constructor(broker: AmqpBroker, title: string) {
    this.#broker = broker
    this.title = title
  }

  /**
   * Does something on a channel of its own, which a refusal ends and nobody else notices; what was got on it and not
   * acknowledged is given back when it is closed. Does nothing while the broker says that it is short of memory or disk.
   * Throws connector errors.
   *
   * @param operation in error messages: `publish`.
   */
  async use<T>(operation: string, { signal }: CallOptions, action: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    const what = `${this.title}: ${operation}`
    if (signal.aborted) throw outOfTime(what)
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => undefined)
    const kept = this.#connection()
    let connection: ChannelModel | undefined
    let opening: Promise<AmqpChannel> | undefined
    const abort = () => {
      ended.reject(outOfTime(what))
      // While it is still being opened, the next call may have use for it. After an alarm, the broker reads what it was
      // sent here whether or not it is cut; as long as it is kept, nobody is told that nothing was sent.
      if (connection !== undefined && !this.#alarms.has(connection)) this.#giveUp(kept)
    }
    signal.addEventListener('abort', abort)
    try {
      connection = await Promise.race([kept, ended.promise])
      const alarm = this.#alarms.get(connection)
      if (alarm !== undefined) throw takesNothing(what, alarm)
      opening = openChannel(connection, ended.reject)
      const channel = await Promise.race([opening, ended.promise])
      return await Promise.race([action(channel), ended.promise])
    } catch (cause) {
      throw amqpError(cause, what, { mayHaveHappened: false })
    } finally {
      signal.removeEventListener('abort', abort)
      // Not waited for: a broker that has gone silent would hold up what is done. One that opens late is closed, too.
      opening?.then((channel) => channel.close()).catch(() => undefined)
    }
  }

  /** Ends it, within half a second; what is under way on it fails. */
  async close(): Promise<void> {
    if (this.#open !== undefined) await endConnection(this.#open)
  }

  /**
   * Has the next call open a new connection, and cuts this one, on which a call got no answer: a broker that has stopped
   * reading may still send heartbeats, and every channel that it does not close is one less of those it allows.
   */
  #giveUp(kept: Promise<ChannelModel>): void {
    if (this.#open === kept) this.#open = undefined
    kept.then(cut, () => undefined)
  }

  #connection(): Promise<ChannelModel> {
    if (this.#open !== undefined) return this.#open
    const opening = openConnection(this.#broker)
    const forget = () => {
      if (this.#open === opening) this.#open = undefined
    }
    this.#open = opening
    opening.then((connection) => {
      connection.on('close', forget)
      connection.on('blocked', (reason) => this.#alarms.set(connection, reason))
      connection.on('unblocked', () => this.#alarms.delete(connection))
    }, forget)
    return opening
  }
}

/** Opens a connection. Rejects with what amqplib or Node say; see `amqpError`. */
export async function openConnection(broker: AmqpBroker): Promise<ChannelModel> {
  const { protocol, host, port, vhost, user, password, ca } = broker
  const connection = await connect(
    { protocol, hostname: host, port, vhost, username: user, password: password.reveal(), heartbeat: heartbeatSeconds },
    { timeout: openTimeoutMs, clientProperties: { connection_name: 'adder' }, ...(ca === undefined ? {} : { ca }) },
  )
  // Each channel tells of it too; without a listener it would end the process.
  connection.on('error', () => undefined)
  return connection
}

/** Ends a connection, also one that is still being opened: within half a second, after which nothing of it is left. */
export async function endConnection(opening: Promise<ChannelModel>): Promise<void> {
  const closing = opening.then((connection) => connection.close()).catch(() => undefined)
  await Promise.race([closing, setTimeout(closeTimeoutMs, undefined, { ref: false })])
  opening.then(cut, () => undefined)
}

/** @param onError without a listener, amqplib ends the whole connection for a refusal. */
async function openChannel(connection: ChannelModel, onError: (error: Error) => void): Promise<AmqpChannel> {
  const channel = await connection.createConfirmChannel()
  return channel.on('error', onError)
}

/** Without a word to the broker, which may not be reading. amqplib itself only ever waits for what it answers. */
function cut({ connection }: ChannelModel): void {
  const { stream } = connection as typeof connection & { stream: Duplex } // its types leave out the socket
  stream.destroy(new Error('the connection was given up, because an answer did not come in time'))
}

/** https://www.rabbitmq.com/docs/connection-blocked (read in November 2026) */
function takesNothing(what: string, alarm: string): ConnectorUnavailable {
  const message = maskSecrets(`${what}: the broker takes nothing, because of a memory or disk alarm (${alarm})`)
  return new ConnectorUnavailable(message, { mayHaveHappened: false })
}

function outOfTime(what: string): ConnectorUnavailable {
  return new ConnectorUnavailable(`${what}: no answer in time`, { mayHaveHappened: false })
}
