import { randomUUID, X509Certificate } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer, type TLSSocket } from 'node:tls'
import { everyShare } from '../../stand-ins/every-share.ts'
import { listen } from '../../stand-ins/listen.ts'
import type { Misbehaviour, StandIn } from '../../stand-ins/stand-in.ts'
import { type ClientPacket, connack, pong, publish, suback, takePacket } from './stand-in/mqtt-protocol.ts'
import { certificate, privateKey } from './stand-in/robot-certificate.ts'
import { type Mission, robotMind } from './stand-in/robot-mind.ts'

export interface RobotStandInOptions {
  /** Default: a random one for each stand-in. */
  password?: string
  /** How long it takes home, in milliseconds. Default: until `arrive` is called. */
  wayHomeMs?: number
  /** Default 0: the system picks one. */
  port?: number
}

export interface RobotMisbehaviour extends Misbehaviour {
  /** Somebody else is connected, such as the app. */
  isTaken?: boolean
  /** Accepts connections and never answers. */
  silent?: boolean
  /** Lets clients in and tells them nothing. */
  tellsNothing?: boolean
  /** Takes commands and heeds none. */
  heedsNothing?: boolean
  /** What it reports of its mission instead of the truth. */
  reports?: unknown
}

export interface RobotStandIn extends StandIn {
  host: string
  port: number
  blid: string
  password: string
  /** Of its certificate. */
  fingerprint: string
  /** What it was told to do, oldest first, heeded or not; the last 1,000. */
  readonly commands: readonly string[]
  /** How often somebody was let in. */
  readonly visits: number
  /** How many are connected: none or one. */
  readonly connections: number
  mission(): Mission
  /** A person tells it something, with the app or a button: `start`, `pause`, `resume`, `stop`, `dock`. */
  obey(command: string): void
  /** It reaches its dock: the mission is over, or rests where it was only to charge. */
  arrive(): void
  /** It is through, and goes home by itself. */
  finish(): void
  /** Its battery is low in the middle of its mission, and it goes home to charge. */
  tire(): void
  /** It is stuck, with iRobot's number of why. */
  getStuck(error: number): void
  /** A person carries it away from its dock. */
  carryAway(): void
  /** Tells of each command, from now on, before it is heeded. */
  watch(tell: (command: string) => void): void
  misbehave(how: RobotMisbehaviour): void
}

const maxRecorded = 1000
const serverUnavailable = 3
const badCredentials = 4

/**
 * A Roomba on 127.0.0.1: an MQTT 3.1.1 broker over TLS 1.2, with a certificate of its own and the cipher AES128-SHA256,
 * that takes one client at a time and turns away others, and tells it its state unasked and piece by piece. As the robot,
 * it heeds `dock` only while it stands still. It is listening once the promise resolves.
 *
 * Of a misbehaviour, `broken` and `rateLimited` answer a client with return code 3, and `lostAnswers` is of commands.
 *
 * https://github.com/koalazak/dorita980 (read in November 2026)
 */
export async function startRoomba({
  password = randomUUID(),
  wayHomeMs,
  port: wantedPort = 0,
}: RobotStandInOptions = {}): Promise<RobotStandIn> {
  const blid = '3149C61040A31580'
  const commands: string[] = []
  const stopped = new AbortController()
  const mind = robotMind({ changed: tellMission, onWay: goHome })
  let visitor: TLSSocket | undefined
  let isLetIn = false
  let visits = 0
  let tellOf: (command: string) => void = () => undefined
  let illness: RobotMisbehaviour = {}
  let isBroken = everyShare(0)
  let isLost = everyShare(0)

  const server = createServer({
    key: privateKey,
    cert: certificate,
    maxVersion: 'TLSv1.2',
    ciphers: 'AES128-SHA256',
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    if (visitor !== undefined || illness.isTaken) socket.destroy()
  })
  server.on('tlsClientError', () => undefined)
  server.on('secureConnection', (socket) => {
    if (visitor !== undefined) {
      socket.destroy()
      return
    }
    visitor = socket
    socket.on('error', () => socket.destroy())
    socket.on('close', () => leave(socket))
    serve(socket)
  })
  const sockets = new Set<{ destroy(): void }>()

  function leave(socket: TLSSocket): void {
    socket.destroy()
    if (visitor !== socket) return
    visitor = undefined
    isLetIn = false
  }

  function serve(socket: TLSSocket): void {
    let pending = Buffer.alloc(0)
    let turn = Promise.resolve()
    socket.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes])
      try {
        for (let taken = takePacket(pending); taken !== undefined; taken = takePacket(pending)) {
          const { packet, rest } = taken
          pending = Buffer.from(rest)
          turn = turn.then(() => answer(socket, packet)).catch(() => leave(socket))
        }
      } catch {
        leave(socket)
      }
    })
  }

  async function answer(socket: TLSSocket, packet: ClientPacket): Promise<void> {
    if (illness.silent) return
    if (illness.slowMs) await wait(illness.slowMs, undefined, { signal: stopped.signal })
    if (packet.kind === 'connect') letIn(socket, packet)
    else if (packet.kind === 'disconnect' || !isLetIn) leave(socket)
    else if (packet.kind === 'subscribe') socket.write(suback(packet))
    else if (packet.kind === 'ping') socket.write(pong())
    else obey(socket, packet)
  }

  function letIn(socket: TLSSocket, packet: ClientPacket & { kind: 'connect' }): void {
    const isKnown = packet.username === blid && packet.password === password
    const code = !isKnown ? badCredentials : isBroken() ? serverUnavailable : 0
    socket.write(connack(code))
    if (code !== 0 || isLetIn) {
      leave(socket)
      return
    }
    isLetIn = true
    visits += 1
    if (illness.tellsNothing) return
    tell({ name: 'Roomba', sku: 'R980040', softwareVer: 'v2.4.17-138' })
    tell({ batPct: 87, bin: { present: true, full: false } })
    tellMission()
  }

  function obey(socket: TLSSocket, { topic, payload }: ClientPacket & { kind: 'publish' }): void {
    const given: unknown = topic === 'cmd' ? JSON.parse(payload) : undefined
    if (!isCommand(given)) throw new Error('This is no command')
    commands.push(given.command)
    if (commands.length > maxRecorded) commands.shift()
    const mishap = isLost()
    tellOf(given.command)
    // The visitor is gone before it could hear of it.
    if (mishap) leave(socket)
    if (!illness.heedsNothing) mind.obey(given.command)
  }

  function tellMission(): void {
    tell({ cleanMissionStatus: illness.reports ?? mind.mission() })
  }

  function tell(reported: Record<string, unknown>): void {
    if (isLetIn && !illness.tellsNothing)
      visitor?.write(publish(`$aws/things/${blid}/shadow/update`, JSON.stringify({ state: { reported } })))
  }

  function goHome(): void {
    if (wayHomeMs !== undefined)
      wait(wayHomeMs, undefined, { signal: stopped.signal }).then(mind.arrive, () => undefined)
  }

  const listening = await listen(server, {
    port: wantedPort,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  })
  const { port } = listening

  return {
    ...mind,
    url: `mqtts://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    blid,
    password,
    fingerprint: new X509Certificate(certificate).fingerprint256,
    commands,
    get visits() {
      return visits
    },
    get connections() {
      return visitor === undefined ? 0 : 1
    },
    watch(listener) {
      tellOf = listener
    },
    misbehave(how) {
      illness = how
      isBroken = everyShare(Math.max(how.broken ?? 0, how.rateLimited ?? 0))
      isLost = everyShare(how.lostAnswers)
      listening.setDown(how.down === true)
    },
    async close() {
      stopped.abort()
      listening.close()
    },
  }
}

/** What the app sends, and dorita980. */
function isCommand(given: unknown): given is { command: string } {
  if (typeof given !== 'object' || given === null) return false
  const { command, time, initiator } = given as Record<string, unknown> // an object has fields, of whatever type
  return typeof command === 'string' && Number.isInteger(time) && initiator === 'localApp'
}
