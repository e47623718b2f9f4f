import { setTimeout } from 'node:timers/promises'
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { ConnectorUnavailable } from '../errors/connector-errors.ts'
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

  constructor(broker: AmqpBroker, title: string) {
    this.#broker = broker
    this.title = title
  }

  /**
   * Does something on a channel of its own, which a refusal ends and nobody else notices; what was got on it and not
   * acknowledged is given back when it is closed. Throws connector errors.
   *
   * @param operation in error messages: `publish`.
   */
  async use<T>(operation: string, { signal }: CallOptions, action: (channel: AmqpChannel) => Promise<T>): Promise<T> {
    const what = `${this.title}: ${operation}`
    const channel = await this.#channel(what, signal)
    const ended = Promise.withResolvers<never>()
    // Without a listener amqplib ends the whole connection for it.
    channel.on('error', ended.reject)
    const abort = () => ended.reject(outOfTime(what))
    signal.addEventListener('abort', abort)
    ended.promise.catch(() => undefined)
    try {
      return await Promise.race([action(channel), ended.promise])
    } catch (cause) {
      throw amqpError(cause, what, { mayHaveHappened: false })
    } finally {
      signal.removeEventListener('abort', abort)
      // Not waited for: a broker that has gone silent would hold up what is done.
      channel.close().catch(() => undefined)
    }
  }

  /** Ends it, within half a second; what is under way on it fails. */
  async close(): Promise<void> {
    const closing = this.#open?.then((connection) => connection.close()).catch(() => undefined)
    await Promise.race([closing, setTimeout(closeTimeoutMs, undefined, { ref: false })])
  }

  async #channel(what: string, signal: AbortSignal): Promise<AmqpChannel> {
    if (signal.aborted) throw outOfTime(what)
    const abort = Promise.withResolvers<never>()
    const giveUp = () => abort.reject(outOfTime(what))
    signal.addEventListener('abort', giveUp)
    try {
      const opening = this.#connection().then((connection) => connection.createConfirmChannel())
      // Nobody waits for it any more where the time is up.
      opening.catch(() => undefined)
      return await Promise.race([opening, abort.promise])
    } catch (cause) {
      throw amqpError(cause, what, { mayHaveHappened: false })
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #connection(): Promise<ChannelModel> {
    if (this.#open !== undefined) return this.#open
    const opening = openConnection(this.#broker)
    const forget = () => {
      if (this.#open === opening) this.#open = undefined
    }
    this.#open = opening
    opening.then((connection) => connection.on('close', forget), forget)
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

function outOfTime(what: string): ConnectorUnavailable {
  return new ConnectorUnavailable(`${what}: no answer in time`, { mayHaveHappened: false })
}
