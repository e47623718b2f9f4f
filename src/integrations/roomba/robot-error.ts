import { networkFault } from '../../connectors/network-fault.ts'
import { AdderError } from '../../errors/adder-error.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { maskSecrets } from '../../secrets/secret.ts'

/** What a connection to a robot broke with. */
export interface Broken {
  cause: unknown
  /** `Roomba: clean`. */
  what: string
  /** Whether the robot had let Adder in. */
  isConnected: boolean
  /** Whether a command may have reached it. */
  mayHaveHappened: boolean
}

/** Return codes of CONNACK that say that somebody is not let in: MQTT 3.1.1, table 3.1. */
const notLetIn: ReadonlySet<unknown> = new Set([2, 4, 5])
/** HTTP's number for the same, and as such waited for until blid or password is mended. */
const unauthenticated = 401
const serverUnavailable = 3
/** How a robot turns the next one away while somebody is connected. */
const turnedAway: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', serverUnavailable])

/**
 * What a fault of the connection means to Adder: what the robot or TLS refuses is a refusal, all else passes. The messages
 * hold no secret.
 */
export function robotError({ cause, what, isConnected, mayHaveHappened }: Broken): Error {
  if (cause instanceof AdderError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (!isConnected && notLetIn.has(code))
    return new ConnectorRefused(`${what}: the robot does not let Adder in (code ${code}): blid or password is wrong`, {
      status: unauthenticated,
      cause,
    })
  if (code === 'EPROTO' || String(code).startsWith('ERR_SSL_'))
    return new ConnectorRefused(`${what}: there is no TLS on this port that both can speak (${code})`, {
      status: 0,
      cause,
    })
  const isTurnedAway = !isConnected && turnedAway.has(code)
  const hint = isTurnedAway ? '; it takes one connection at a time, which the iRobot app on a phone may have' : ''
  return new ConnectorUnavailable(maskSecrets(`${what}: ${reasonOf(cause, code)}${hint}`), { mayHaveHappened, cause })
}

function reasonOf(cause: unknown, code: unknown): string {
  if (typeof code === 'string') return networkFault(code)
  return cause instanceof Error ? cause.message : String(cause)
}
