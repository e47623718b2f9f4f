import type { MessageProperties } from 'amqplib'

export interface QueuedMessage {
  exchange: string
  routingKey: string
  properties: MessageProperties
  content: Buffer
  redelivered: boolean
}

/** Somebody who is handed messages as they come. */
export interface Consumer {
  queue: BrokerQueue
  /** Whether it has the queue for itself alone. */
  isExclusive: boolean
  /** Whether it would take another one now. */
  hasRoom(): boolean
  hand(message: QueuedMessage): void
  /** The queue was deleted. */
  cancelled(): void
}

export interface BrokerQueue {
  name: string
  args: Readonly<Record<string, unknown>>
  ready: QueuedMessage[]
  consumers: Set<Consumer>
}

/** An exchange that compares routing keys as they are. */
export interface Exchange {
  name: string
  /** The queues that get a message, by its routing key. */
  bindings: Readonly<Record<string, readonly string[]>>
}

/** The queues of a broker, and what is in them. */
export class Broker {
  readonly queues = new Map<string, BrokerQueue>()
  readonly #exchanges: ReadonlyMap<string, Exchange>

  constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = new Map(exchanges.map((exchange) => [exchange.name, exchange]))
  }

  hasExchange(name: string): boolean {
    return name === '' || this.#exchanges.has(name)
  }

  declare(name: string, args: Readonly<Record<string, unknown>>): BrokerQueue {
    const queue = this.queues.get(name) ?? { name, args, ready: [], consumers: new Set() }
    this.queues.set(name, queue)
    return queue
  }

  delete(queue: BrokerQueue): void {
    this.queues.delete(queue.name)
    for (const consumer of queue.consumers) consumer.cancelled()
  }

  /** @returns whether a queue took it, and whether all that should have did. */
  publish(message: QueuedMessage): { isRouted: boolean; isTaken: boolean } {
    const { BCC: hidden, ...headers } = message.properties.headers ?? {}
    const keys = [message.routingKey, ...[hidden ?? []].flat().map(String)]
    const names = new Set(keys.flatMap((key) => this.#routes(message.exchange, key)))
    const queues = [...names].flatMap((name) => this.queues.get(name) ?? [])
    const open = queues.filter((queue) => !isFull(queue))
    for (const queue of open) {
      queue.ready.push({ ...message, properties: { ...message.properties, headers } })
      this.hand(queue)
    }
    return { isRouted: queues.length > 0, isTaken: open.length === queues.length }
  }

  /** Gives a message back, to where it was. */
  requeue(queue: BrokerQueue, message: QueuedMessage): void {
    queue.ready.unshift({ ...message, redelivered: true })
    this.hand(queue)
  }

  /** Takes a message out for good, and gives it to the queue's dead-letter exchange where it has one. */
  reject(queue: BrokerQueue, message: QueuedMessage): void {
    const exchange = queue.args['x-dead-letter-exchange']
    if (exchange === undefined) return
    const routingKey = String(queue.args['x-dead-letter-routing-key'] ?? message.routingKey)
    const headers = { ...message.properties.headers, 'x-first-death-reason': 'rejected' }
    this.publish({
      ...message,
      exchange: String(exchange),
      routingKey,
      properties: { ...message.properties, headers },
      redelivered: false,
    })
  }

  /** Hands messages to those who have room. */
  hand(queue: BrokerQueue): void {
    for (let consumer = freeOf(queue); consumer !== undefined; consumer = freeOf(queue)) {
      const message = queue.ready.shift()
      if (message === undefined) return
      consumer.hand(message)
    }
  }

  #routes(exchange: string, key: string): readonly string[] {
    return exchange === '' ? [key] : (this.#exchanges.get(exchange)?.bindings[key] ?? [])
  }
}

function freeOf({ ready, consumers }: BrokerQueue): Consumer | undefined {
  return ready.length === 0 ? undefined : [...consumers].find((consumer) => consumer.hasRoom())
}

function isFull({ args, ready }: BrokerQueue): boolean {
  return args['x-overflow'] === 'reject-publish' && ready.length >= Number(args['x-max-length'] ?? Number.NaN)
}
