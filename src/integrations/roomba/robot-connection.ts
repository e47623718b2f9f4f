import { constants } from 'node:crypto'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { ConnectorAnswerInvalid, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { loadMqtt } from './load-mqtt.ts'
import { reports } from './reports.ts'
import { robotError } from './robot-error.ts'
import type { RobotState } from './schema.ts'

export interface RobotAddress {
  host: string
  port: number
  blid: string
  password: Secret
  /** SHA-256 of its certificate, as Node writes it: upper case, with colons. */
  fingerprint: string
}

export type Command = 'start' | 'pause' | 'resume' | 'stop' | 'dock'

/** A robot that Adder is connected to. */
export interface Robot {
  send(command: Command): Promise<void>
  /** What it tells of itself, as soon as that is what is wanted. */
  when(isWanted: (state: RobotState) => boolean): Promise<RobotState>
}

export interface RobotCall {
  /** `Roomba: clean`. */
  what: string
  signal: AbortSignal
}

/** All that a robot tells whoever connects has a hundredth of it. */
const mostBytes = 1024 * 1024
const goodbyeMs = 1000

/**
 * Connects to a robot, lets `use` talk to it, and is gone again whatever happens, for the robot takes one connection at
 * a time. The password is sent once the other side has proved that it has the key of the certificate with that
 * fingerprint.
 *
 * Throws connector errors; within a second when the signal aborts.
 */
export async function withRobot<T>(
  address: RobotAddress,
  { what, signal }: RobotCall,
  use: (robot: Robot) => Promise<T>,
): Promise<T> {
  const { MqttClient } = await loadMqtt()
  const told = reports(what)
  const socket = connectTls(address)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => undefined)
  const unlessBroken = <V>(work: Promise<V>): Promise<V> => Promise.race([work, broken.promise])
  let isConnected = false
  let mayHaveHappened = false

  const late = () => broken.reject(new Error(isConnected ? told.missing() : 'no answer in time'))
  signal.addEventListener('abort', late)
  if (signal.aborted) late()
  socket.on('error', broken.reject)
  socket.once('close', () => broken.reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))

  try {
    await unlessBroken(once(socket, 'secureConnect'))
    checkCertificate(socket, address, what)
    const { blid, password } = address
    const identity = { clientId: blid, username: blid, password: password.reveal() }
    const client = new MqttClient(() => socket, { ...identity, protocolVersion: 4, reconnectPeriod: 0 })
    client.on('error', broken.reject)
    client.on('message', (_, payload) => {
      if (socket.bytesRead > mostBytes) broken.reject(new ConnectorAnswerInvalid(`${what}: it tells over a megabyte`))
      else told.hear(payload)
    })
    try {
      await unlessBroken(new Promise<void>((resolve) => client.once('connect', () => resolve())))
      isConnected = true
      // The robot tells whoever is connected, asked or not; a broker between it and Adder wants to be asked.
      client.subscribe('#', () => undefined)
      return await use({
        async send(command) {
          mayHaveHappened = true
          const time = Math.floor(Date.now() / 1000)
          await unlessBroken(client.publishAsync('cmd', JSON.stringify({ command, time, initiator: 'localApp' })))
        },
        when: (isWanted) => unlessBroken(told.when(isWanted)),
      })
    } finally {
      const impatience = setTimeout(() => socket.destroy(), goodbyeMs)
      client.end(!isConnected)
      await closed
      clearTimeout(impatience)
    }
  } catch (cause) {
    throw robotError({ cause, what, isConnected, mayHaveHappened })
  } finally {
    signal.removeEventListener('abort', late)
    socket.destroy()
  }
}

/** With what robots can: TLS 1.2 without secure renegotiation, and Diffie-Hellman groups that are too small. */
function connectTls({ host, port }: RobotAddress): TLSSocket {
  return connect({
    host,
    port,
    // The robot has signed its certificate itself: it is known by its fingerprint, or not at all.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ciphers: 'DEFAULT:!DH',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  })
}

/** Another certificate is waited for, as over HTTP: another device may have the robot's address for a while. */
function checkCertificate(socket: TLSSocket, { fingerprint }: RobotAddress, what: string): void {
  const { fingerprint256 } = socket.getPeerCertificate()
  if (fingerprint256 === fingerprint) return
  const advice = 'where that is your robot, set fingerprint to it; the password was not sent'
  throw new ConnectorUnavailable(`${what}: the certificate there has the fingerprint ${fingerprint256}; ${advice}`, {
    mayHaveHappened: false,
  })
}
