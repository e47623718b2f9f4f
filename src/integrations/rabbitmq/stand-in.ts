import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { everyShare } from '../../stand-ins/every-share.ts'
import { listen } from '../../stand-ins/listen.ts'
import type { Misbehaviour, StandIn } from '../../stand-ins/stand-in.ts'
import { certificate, privateKey } from '../../stand-ins/test-certificate.ts'
import { Broker, type Exchange } from './stand-in/broker.ts'
import { Session } from './stand-in/session.ts'

export interface RabbitMqStandInOptions {
  /** The one account that it lets in. */
  user: string
  password: string
  /** Its exchanges besides the default one; nobody can declare any. */
  exchanges?: readonly Exchange[]
  /** Whether it speaks TLS, with the public test certificate. Default false. */
  isTls?: boolean
  /** Default: the system picks one. */
  port?: number
}

export interface RabbitMqStandIn extends StandIn {
  /** The bodies of the messages in a queue that nobody has got yet; undefined where there is no such queue. */
  ready(queue: string): string[] | undefined
  /** Cuts every connection, as a network does. */
  cut(): void
  /**
   * Raises an alarm: a connection on which something is published is not read any more, and so that is not in a queue.
   * Without a reason the alarm is over, and all is read.
   */
  alarm(reason?: string): void
}

/**
 * A RabbitMQ with one virtual host, `/`: queues in memory, direct exchanges, confirms, acknowledgements and dead letters.
 * It ends a channel or a connection with the reply code that RabbitMQ ends it with. `broken` makes it confirm that it
 * did not take a message; `slowMs` is the wait before a confirm.
 *
 * https://www.rabbitmq.com/amqp-0-9-1-reference (read in November 2026)
 */
export async function startRabbitMqStandIn(options: RabbitMqStandInOptions): Promise<RabbitMqStandIn> {
  const { user, password, exchanges = [], isTls = false, port = 0 } = options
  const broker = new Broker(exchanges)
  const sessions = new Map<Socket, Session>()
  let alarm: string | undefined
  let how: Misbehaviour = {}
  let isLost = everyShare()
  let isBroken = everyShare()

  const attend = (socket: Socket) => {
    const session = new Session(socket, {
      broker,
      user,
      password,
      losesAnswer: () => isLost(),
      isBroken: () => isBroken(),
      slowMs: () => how.slowMs ?? 0,
      alarm: () => alarm,
    })
    sessions.set(socket, session)
    socket.on('close', () => sessions.delete(socket))
  }
  const server = isTls ? createTlsServer({ key: privateKey, cert: certificate }, attend) : createServer(attend)
  const cut = () => {
    for (const socket of sessions.keys()) socket.destroy()
  }
  const listening = await listen(server, { port, cut })

  return {
    url: `${isTls ? 'amqps' : 'amqp'}://127.0.0.1:${listening.port}`,
    ready: (queue) => broker.queues.get(queue)?.ready.map(({ content }) => content.toString()),
    cut,
    alarm(reason) {
      alarm = reason
      if (reason === undefined) for (const session of sessions.values()) session.unblock()
    },
    misbehave(misbehaviour) {
      how = misbehaviour
      isLost = everyShare(how.lostAnswers)
      isBroken = everyShare(how.broken)
      listening.setDown(how.down ?? false)
    },
    async close() {
      listening.close()
    },
  }
}
