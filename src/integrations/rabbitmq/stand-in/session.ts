import type { Socket } from 'node:net'
import type { Broker } from './broker.ts'
import { Channel, ChannelFault, type ChannelPeer } from './channel.ts'
import {
  contentFrames,
  type Fields,
  type Frame,
  frameMax,
  methodFrame,
  methodName,
  protocolHeader,
  readFrames,
} from './wire.ts'

export interface SessionOptions extends Pick<ChannelPeer, 'losesAnswer' | 'isBroken'> {
  broker: Broker
  user: string
  password: string
  slowMs(): number
  /** Why no more is read of a connection once something is published on it: what is published itself is not, either. */
  alarm(): string | undefined
}

/** One client's connection, from the handshake to its end. */
export class Session {
  readonly #socket: Socket
  readonly #options: SessionOptions
  readonly #channels = new Map<number, Channel>()
  #arrived: Buffer = Buffer.alloc(0)
  #isGreeted = false
  #isOpen = false
  /** What has arrived and is not looked at yet. */
  readonly #waiting: Frame[] = []
  #isBlocked = false

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('close', () => this.#end())
    socket.on('error', () => socket.destroy())
  }

  #end(): void {
    for (const channel of this.#channels.values()) channel.end()
    this.#channels.clear()
  }

  #read(bytes: Buffer): void {
    this.#arrived = Buffer.concat([this.#arrived, bytes])
    if (!this.#isGreeted) {
      if (this.#arrived.length < protocolHeader.length) return
      if (!this.#arrived.subarray(0, protocolHeader.length).equals(protocolHeader)) {
        this.#socket.end(protocolHeader)
        return
      }
      this.#arrived = this.#arrived.subarray(protocolHeader.length)
      this.#isGreeted = true
      const mechanisms = { mechanisms: Buffer.from('PLAIN AMQPLAIN'), locales: Buffer.from('en_US') }
      this.#send(0, 'ConnectionStart', {
        versionMajor: 0,
        versionMinor: 9,
        serverProperties: { product: 'RabbitMQ', version: '3.10.8', capabilities: { publisher_confirms: true } },
        ...mechanisms,
      })
    }
    const { frames, rest } = readFrames(this.#arrived)
    this.#arrived = rest
    this.#waiting.push(...frames)
    this.#takeWaiting()
  }

  /** Reads on, and says so, where an alarm had it stop. */
  unblock(): void {
    if (!this.#isBlocked) return
    this.#isBlocked = false
    this.#send(0, 'ConnectionUnblocked', {})
    this.#takeWaiting()
  }

  #takeWaiting(): void {
    while (!this.#isBlocked) {
      const frame = this.#waiting.shift()
      if (frame === undefined) return
      this.#take(frame)
      const reason = this.#options.alarm()
      if (methodName(frame.id) !== 'BasicPublish' || reason === undefined) continue
      this.#isBlocked = true
      this.#send(0, 'ConnectionBlocked', { reason })
    }
  }

  #take(frame: Frame): void {
    const method = methodName(frame.id)
    if (frame.channel === 0) this.#takeOwn(method, frame)
    else if (!this.#isOpen) this.#close(503, 'COMMAND_INVALID - the connection is not open')
    else this.#takeOnChannel(method, frame)
  }

  #takeOwn(method: string, { id, fields = {} }: Frame): void {
    // A heartbeat, which says nothing.
    if (id === undefined || method === 'ConnectionTuneOk') return
    if (method === 'ConnectionStartOk') {
      const { user, password } = this.#options
      if (String(fields.response) === `\0${user}\0${password}`)
        this.#send(0, 'ConnectionTune', { channelMax: 2047, frameMax, heartbeat: 60 })
      else this.#close(403, 'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.')
    } else if (method === 'ConnectionOpen') {
      this.#isOpen = fields.virtualHost === '/'
      if (this.#isOpen) this.#send(0, 'ConnectionOpenOk', {})
      else this.#close(530, `NOT_ALLOWED - vhost ${fields.virtualHost} not found`)
    } else if (method === 'ConnectionClose') {
      this.#send(0, 'ConnectionCloseOk', {})
      this.#end()
      this.#socket.end()
    } else if (method === 'ConnectionCloseOk') this.#socket.end()
    else this.#close(540, `NOT_IMPLEMENTED - ${method}`)
  }

  #takeOnChannel(method: string, frame: Frame): void {
    const { channel: number } = frame
    const channel = this.#channels.get(number)
    if (method === 'ChannelOpen') {
      this.#channels.set(number, new Channel(this.#options.broker, this.#peerOf(number)))
      this.#send(number, 'ChannelOpenOk', { channelId: Buffer.alloc(0) })
    } else if (method === 'ChannelClose') {
      this.#channels.delete(number)
      channel?.end()
      this.#send(number, 'ChannelCloseOk', {})
    } else if (method !== 'ChannelCloseOk') {
      try {
        channel?.take(method, frame)
      } catch (error) {
        if (!(error instanceof ChannelFault)) throw error
        this.#channels.delete(number)
        channel?.end()
        const { replyCode, message: replyText } = error
        this.#send(number, 'ChannelClose', { replyCode, replyText, classId: 0, methodId: 0 })
      }
    }
  }

  #peerOf(number: number): ChannelPeer {
    const { losesAnswer, isBroken, slowMs } = this.#options
    return {
      send: (method, fields) => this.#send(number, method, fields),
      sendContent: (method, fields, { properties, content }) => {
        this.#send(number, method, fields)
        for (const part of contentFrames(number, properties, content)) this.#write(part)
      },
      losesAnswer,
      isBroken,
      later: (answer) => {
        const ms = slowMs()
        if (ms === 0) answer()
        else setTimeout(answer, ms).unref()
      },
      cut: () => this.#socket.destroy(),
    }
  }

  #close(replyCode: number, replyText: string): void {
    this.#send(0, 'ConnectionClose', { replyCode, replyText, classId: 0, methodId: 0 })
  }

  #send(channel: number, method: string, fields: Fields): void {
    this.#write(methodFrame(channel, method, fields))
  }

  #write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }
}
