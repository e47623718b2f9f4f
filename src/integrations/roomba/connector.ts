import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import type { Effect } from '../../connectors/effect.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { inTurn } from './in-turn.ts'
import { hasMqtt } from './load-mqtt.ts'
import { type Robot, type RobotAddress, type RobotCall, withRobot } from './robot-connection.ts'
import type { RobotState } from './schema.ts'

export interface RoombaOptions {
  /** The robot's name or address in your network: `192.168.1.20`. */
  host: string
  /** Default 8883. */
  port?: number
  /** The robot's user name, which iRobot calls BLID. */
  blid: string
  password: Secret
  /**
   * By what the robot is known, whose certificate nobody has signed but itself: the SHA-256 of the certificate, 64
   * hexadecimal digits, with colons between the pairs or without.
   */
  fingerprint: string
}

export type Roomba = Connector<
  { state: Lookup<void, RobotState> },
  { clean: Effect<void, RobotState>; dock: Effect<void, RobotState> }
>

const title = 'Roomba'
const docs = 'https://github.com/koalazak/dorita980'
const defaultPort = 8883
/** A robot thinks for some seconds before it moves. */
const effectTimeoutMs = 40_000
const clockMarginMs = 60_000

/**
 * Starts a Roomba and sends it home, over MQTT in its own network, without iRobot's cloud.
 *
 * `state()` says what it does, and how full battery and bin are. `clean()` has it begin a mission, or go on with the one
 * that is paused; where it is cleaning already nothing is sent. `dock()` ends its mission and sends it home; where it is
 * at home or on its way nothing is sent. Both are over when the robot says that it does so, not when it has done so. A
 * robot that is stuck fails both until a person has helped it.
 *
 * The robot takes one connection at a time. Adder connects for each call, one at a time, and leaves. While somebody else
 * is connected, calls fail for a while.
 *
 * The package `mqtt` has to be installed beside Adder. Throws a `ConfigError` that names every option that can't be used,
 * and that package where it is missing.
 *
 * iRobot documents none of it; built from https://github.com/koalazak/dorita980 and https://github.com/pschmitt/roombapy
 * (read in November 2026)
 */
export function connector(options: RoombaOptions): ConnectorDefinition<Roomba> {
  expectOptions('roomba.connector', options, {
    host: 'string',
    port: 'any?',
    blid: 'string',
    password: 'any',
    fingerprint: 'string',
  })
  const address = checked(options)
  return { integration: 'roomba', title, docs, secrets: [options.password], connect: () => roomba(address) }
}

function roomba(address: RobotAddress): Roomba {
  const alone = inTurn(
    () => new ConnectorUnavailable(`${title}: earlier calls took all the time`, { mayHaveHappened: false }),
  )
  const ask = <T>(call: RobotCall, use: (robot: Robot) => Promise<T>) =>
    alone(() => withRobot(address, call, use), call.signal)
  const look = (operation: string, signal: AbortSignal) =>
    ask({ what: `${title}: ${operation}`, signal }, (robot) => robot.when(any))

  return {
    lookups: { state: async (_, { signal }) => found(await look('state', signal)) },
    effects: {
      clean: {
        once: 'by state',
        finding: 'cheap',
        timeoutMs: effectTimeoutMs,
        make: (_, { signal }) => ask({ what: `${title}: clean`, signal }, clean),
        async find(_, { intendedAt, signal }) {
          const state = await look('clean', signal)
          const { startedAt = '' } = state.mission
          // It may be through by now. The robot's clock is not quite ours.
          const isBegunSince = Date.parse(startedAt) >= Date.parse(intendedAt) - clockMarginMs
          return isBegunSince || isAtWork(state) ? found(state) : notFound()
        },
      },
      dock: {
        once: 'by state',
        finding: 'cheap',
        timeoutMs: effectTimeoutMs,
        make: (_, { signal }) => ask({ what: `${title}: dock`, signal }, dock),
        async find(_, { signal }) {
          const state = await look('dock', signal)
          return isGoingHome(state) ? found(state) : notFound()
        },
      },
    },
    async probe({ signal }) {
      await look('probe', signal)
    },
    async close() {
      // No call leaves a connection behind.
    },
  }
}

async function clean(robot: Robot): Promise<RobotState> {
  let state = free(await robot.when(any), 'clean')
  if (isAtWork(state)) return state
  if (state.doing === 'returning') {
    await robot.send('pause')
    state = await robot.when(({ doing }) => doing !== 'returning')
  }
  await robot.send(state.doing === 'paused' ? 'resume' : 'start')
  return robot.when(isAtWork)
}

async function dock(robot: Robot): Promise<RobotState> {
  let state = free(await robot.when(any), 'dock')
  if (isAtWork(state)) {
    // A robot that cleans does not heed `dock`; one that rests would go on with its mission.
    await robot.send(state.doing === 'resting' ? 'stop' : 'pause')
    state = await robot.when((later) => !isAtWork(later))
  }
  if (isGoingHome(state)) return state
  await robot.send('dock')
  return robot.when(isGoingHome)
}

function any(): boolean {
  return true
}

function isAtWork({ doing }: RobotState): boolean {
  return doing === 'cleaning' || doing === 'resting'
}

function isGoingHome({ doing }: RobotState): boolean {
  return doing === 'returning' || doing === 'docked'
}

function free(state: RobotState, operation: string): RobotState {
  if (state.doing !== 'stuck') return state
  const problem = `it is stuck (error ${state.error}), and waits for a person`
  throw new ConnectorUnavailable(`${title}: ${operation}: ${problem}`, { mayHaveHappened: false })
}

function checked({ host, port = defaultPort, blid, password, fingerprint }: RoombaOptions): RobotAddress {
  const faults: ConfigFault[] = []
  const fault = (option: string, problem: string) => {
    faults.push({ at: `roomba.connector({ ${option} })`, problem })
  }
  if (!/^[\w.:-]{1,253}$/.test(host)) fault('host', 'is no name or address; write 192.168.1.20, without https://')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) fault('port', 'is a whole number from 1 to 65535')
  if (!/^\w{1,64}$/.test(blid))
    fault('blid', 'is no BLID, which has letters and digits; adderjs/roomba says where it is')
  const pairs =
    fingerprint
      .replaceAll(':', '')
      .toUpperCase()
      .match(/[0-9A-F]{2}/g) ?? []
  if (pairs.length !== 32 || !/^[0-9A-Fa-f:]+$/.test(fingerprint))
    fault('fingerprint', 'is no SHA-256 of a certificate, which has 64 hexadecimal digits')
  if (!hasMqtt())
    faults.push({ at: 'roomba.connector()', problem: 'needs the package mqtt, which is not here: npm install mqtt@5' })
  if (faults.length > 0) throw new ConfigError(faults)
  return { host, port, blid, password, fingerprint: pairs.join(':') }
}
