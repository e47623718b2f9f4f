import type { MessageProperties } from 'amqplib'
import type { Broker, BrokerQueue, Consumer, QueuedMessage } from './broker.ts'
import type { Fields, Frame } from './wire.ts'

/** How a channel answers. */
export interface ChannelPeer {
  send(method: string, fields: Fields): void
  sendContent(method: string, fields: Fields, message: QueuedMessage): void
  /** What is published is done, and nobody is told: the connection is cut instead. */
  losesAnswer(): boolean
  /** What is published is not taken. */
  isBroken(): boolean
  /** Waits as long as it is slow, then does it. */
  later(answer: () => void): void
  cut(): void
}

/** Ends the channel with a reply code. */
export class ChannelFault extends Error {
  readonly replyCode: number

  constructor(replyCode: number, replyText: string) {
    super(replyText)
    this.replyCode = replyCode
  }
}

interface Publishing {
  fields: Fields
  properties?: MessageProperties
  size: number
  parts: Buffer[]
  received: number
}

/** One channel of a connection: what a client may do on it, and what it has got and not acknowledged. */
export class Channel {
  readonly #broker: Broker
  readonly #peer: ChannelPeer
  readonly #consumers = new Map<string, Consumer>()
  readonly #unacknowledged = new Map<number, { queue: BrokerQueue; message: QueuedMessage }>()
  #prefetch = 0
  #lastTag = 0
  #published = 0
  #isConfirming = false
  #publishing: Publishing | undefined

  constructor(broker: Broker, peer: ChannelPeer) {
    this.#broker = broker
    this.#peer = peer
  }

  /** Gives back all that was not acknowledged. */
  end(): void {
    for (const consumer of this.#consumers.values()) consumer.queue.consumers.delete(consumer)
    this.#consumers.clear()
    for (const [tag, { queue, message }] of [...this.#unacknowledged].reverse()) {
      this.#unacknowledged.delete(tag)
      this.#broker.requeue(queue, message)
    }
  }

  /** Throws a `ChannelFault` where RabbitMQ would end the channel. */
  take(method: string, { fields = {}, size, content }: Frame): void {
    if (content !== undefined) this.#body(content)
    else if (size !== undefined)
      this.#head(fields as unknown as MessageProperties, size) // decoded as such
    else if (this.#methods[method] !== undefined) this.#methods[method](fields)
    else throw new ChannelFault(540, `NOT_IMPLEMENTED - ${method}`)
  }

  readonly #methods: Readonly<Record<string, (fields: Fields) => void>> = {
    QueueDeclare: ({ queue: name, passive, arguments: given }) => {
      const args = given as Record<string, unknown> // a table
      const known = this.#broker.queues.get(String(name))
      if (known === undefined && passive) throw noQueue(name)
      if (known !== undefined && !passive && JSON.stringify(known.args) !== JSON.stringify(args))
        throw new ChannelFault(406, `PRECONDITION_FAILED - inequivalent arg for queue '${name}' in vhost '/'`)
      const queue = known ?? this.#broker.declare(String(name), args)
      const counts = { messageCount: queue.ready.length, consumerCount: queue.consumers.size }
      this.#peer.send('QueueDeclareOk', { queue: queue.name, ...counts })
    },
    QueueDelete: ({ queue: name }) => {
      const queue = this.#queue(name)
      this.#broker.delete(queue)
      this.#peer.send('QueueDeleteOk', { messageCount: queue.ready.length })
    },
    BasicQos: ({ prefetchCount }) => {
      this.#prefetch = Number(prefetchCount)
      this.#peer.send('BasicQosOk', {})
    },
    BasicConsume: ({ queue: name, consumerTag: wanted, exclusive }) => {
      const queue = this.#freeQueue(name)
      if (exclusive && queue.consumers.size > 0) throw inUse(name)
      const consumerTag = String(wanted || `consumer-${Math.random()}`)
      const consumer: Consumer = {
        queue,
        isExclusive: exclusive === true,
        hasRoom: () => this.#prefetch === 0 || this.#unacknowledged.size < this.#prefetch,
        hand: (message) => {
          const { redelivered, exchange, routingKey } = message
          const deliveryTag = this.#hold(queue, message)
          const fields = { consumerTag, deliveryTag, redelivered, exchange, routingKey }
          this.#peer.sendContent('BasicDeliver', fields, message)
        },
        cancelled: () => this.#peer.send('BasicCancel', { consumerTag, nowait: true }),
      }
      this.#consumers.set(consumerTag, consumer)
      this.#peer.send('BasicConsumeOk', { consumerTag })
      queue.consumers.add(consumer)
      this.#broker.hand(queue)
    },
    BasicCancel: ({ consumerTag }) => {
      const consumer = this.#consumers.get(String(consumerTag))
      consumer?.queue.consumers.delete(consumer)
      this.#consumers.delete(String(consumerTag))
      this.#peer.send('BasicCancelOk', { consumerTag })
    },
    BasicGet: ({ queue: name }) => {
      const queue = this.#freeQueue(name)
      const message = queue.ready.shift()
      if (message === undefined) {
        this.#peer.send('BasicGetEmpty', {})
        return
      }
      const { redelivered, exchange, routingKey } = message
      const counts = { messageCount: queue.ready.length, deliveryTag: this.#hold(queue, message) }
      this.#peer.sendContent('BasicGetOk', { redelivered, exchange, routingKey, ...counts }, message)
    },
    BasicAck: ({ deliveryTag, multiple }) => this.#settle(deliveryTag, multiple, () => undefined),
    BasicReject: (fields) => this.#refuse(fields),
    BasicNack: (fields) => this.#refuse(fields),
    ConfirmSelect: () => {
      this.#isConfirming = true
      this.#peer.send('ConfirmSelectOk', {})
    },
    BasicPublish: (fields) => {
      if (!this.#broker.hasExchange(String(fields.exchange)))
        throw new ChannelFault(404, `NOT_FOUND - no exchange '${fields.exchange}' in vhost '/'`)
      this.#publishing = { fields, size: 0, parts: [], received: 0 }
    },
  }

  #queue(name: unknown): BrokerQueue {
    const queue = this.#broker.queues.get(String(name))
    if (queue === undefined) throw noQueue(name)
    return queue
  }

  #freeQueue(name: unknown): BrokerQueue {
    const queue = this.#queue(name)
    if ([...queue.consumers].some(({ isExclusive }) => isExclusive)) throw inUse(name)
    return queue
  }

  #hold(queue: BrokerQueue, message: QueuedMessage): number {
    this.#lastTag += 1
    this.#unacknowledged.set(this.#lastTag, { queue, message })
    return this.#lastTag
  }

  #refuse({ deliveryTag, multiple, requeue }: Fields): void {
    this.#settle(deliveryTag, multiple, (queue, message) =>
      requeue ? this.#broker.requeue(queue, message) : this.#broker.reject(queue, message),
    )
  }

  #settle(tag: unknown, multiple: unknown, then: (queue: BrokerQueue, message: QueuedMessage) => void): void {
    const all = [...this.#unacknowledged.keys()].filter(
      (each) => each === tag || (multiple === true && each <= Number(tag)),
    )
    if (all.length === 0) throw new ChannelFault(406, `PRECONDITION_FAILED - unknown delivery tag ${tag}`)
    for (const each of all.reverse()) {
      const held = this.#unacknowledged.get(each)
      this.#unacknowledged.delete(each)
      if (held !== undefined) then(held.queue, held.message)
    }
    for (const { queue } of this.#consumers.values()) this.#broker.hand(queue)
  }

  #head(properties: MessageProperties, size: number): void {
    if (this.#publishing === undefined) throw new ChannelFault(505, 'UNEXPECTED_FRAME - nothing is published')
    Object.assign(this.#publishing, { properties, size })
    if (size === 0) this.#publish(this.#publishing)
  }

  #body(content: Buffer): void {
    const publishing = this.#publishing
    if (publishing === undefined) throw new ChannelFault(505, 'UNEXPECTED_FRAME - nothing is published')
    publishing.parts.push(content)
    publishing.received += content.length
    if (publishing.received >= publishing.size) this.#publish(publishing)
  }

  #publish({ fields, properties, parts }: Publishing): void {
    this.#publishing = undefined
    this.#published += 1
    const confirmed = { deliveryTag: this.#published, multiple: false }
    const { exchange, routingKey, mandatory } = fields
    const message: QueuedMessage = {
      exchange: String(exchange),
      routingKey: String(routingKey),
      properties: properties as MessageProperties, // its head came first
      content: Buffer.concat(parts),
      redelivered: false,
    }
    const peer = this.#peer
    const { isRouted, isTaken } = peer.isBroken() ? { isRouted: true, isTaken: false } : this.#broker.publish(message)
    if (peer.losesAnswer()) {
      peer.cut()
      return
    }
    peer.later(() => {
      const returned = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey }
      if (!isRouted && mandatory) peer.sendContent('BasicReturn', returned, message)
      if (!this.#isConfirming) return
      if (isTaken) peer.send('BasicAck', confirmed)
      else peer.send('BasicNack', { ...confirmed, requeue: false })
    })
  }
}

function inUse(name: unknown): ChannelFault {
  return new ChannelFault(403, `ACCESS_REFUSED - queue '${name}' in vhost '/' in exclusive use`)
}

function noQueue(name: unknown): ChannelFault {
  return new ChannelFault(404, `NOT_FOUND - no queue '${name}' in vhost '/'`)
}
