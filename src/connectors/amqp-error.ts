import { AdderError } from '../errors/adder-error.ts'
import { ConnectorRefused, ConnectorUnavailable } from '../errors/connector-errors.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { isCertificateFault } from './certificate-fault.ts'
import { networkFault } from './network-fault.ts'

/** What passes by itself: an operator closed the connection, the broker is short of something or has a fault. */
const passing: ReadonlySet<number> = new Set([311, 313, 320, 501, 502, 504, 505, 506, 541])

/** Of HTTP: those who ask wait for what is wrong with the credentials to be mended. */
const unauthorized = 401

const advice: Record<number, string> = {
  403: "Adder's account may not do that",
  404: 'it is not there',
  405: 'another connection has it for itself alone',
  530: 'there is no such virtual host, or Adder’s account may not enter it',
}

/** While a connection is opened, amqplib tells what the broker said in words alone. */
const handshakeRefusal = /^Handshake terminated by server: (\d{3})\b/

/**
 * What a fault of a broker or of the connection to it means to Adder: a broken connection is tried again, and so is a
 * certificate that is not trusted, before which nothing is said; a refusal is not. A user or a password that is wrong
 * has the status 401, as over HTTP; other refusals have the reply code. The messages hold the broker's own words, and no
 * secret.
 *
 * Reply codes: https://www.rabbitmq.com/amqp-0-9-1-reference (read in November 2026)
 *
 * @param mayHaveHappened whether a message may be in a queue all the same, where the connection broke.
 */
export function amqpError(cause: unknown, what: string, { mayHaveHappened }: { mayHaveHappened: boolean }): Error {
  if (cause instanceof AdderError) return cause
  const code = codeOf(cause)
  const says = saidBy(cause)
  if (code === 403 && isHandshake(cause))
    return new ConnectorRefused(`${what}: Adder's user or password is wrong; reply code ${code} (${says})`, {
      status: unauthorized,
      cause,
    })
  if (typeof code === 'number' && !passing.has(code)) {
    const hint = code === 406 ? preconditionOf(says) : advice[code]
    return new ConnectorRefused(`${what}: ${hint === undefined ? '' : `${hint}; `}reply code ${code} (${says})`, {
      status: code,
      cause,
    })
  }
  if (typeof code === 'string' && isCertificateFault(code))
    return new ConnectorUnavailable(
      `${what}: the broker's certificate is not trusted (${code}); set ca to the certificate of the authority that signed it, and write the name that is in it`,
      { mayHaveHappened: false, cause },
    )
  if (typeof code === 'string' && (code === 'EPROTO' || code.startsWith('ERR_SSL_')))
    return new ConnectorRefused(`${what}: there is no TLS on this port, or no version of it that both speak`, {
      status: 0,
      cause,
    })
  const reason = typeof code === 'string' ? networkFault(code) : says
  return new ConnectorUnavailable(maskSecrets(`${what}: ${reason}`), { mayHaveHappened, cause })
}

/** RabbitMQ has one reply code for whatever is not as it has to be, and tells them apart in words alone. */
function preconditionOf(says: string): string | undefined {
  if (says.includes('inequivalent arg')) return 'it is there and was declared otherwise'
  if (says.includes('delivery acknowledgement') && says.includes('timed out'))
    return 'a message was not acknowledged in the time that the broker gives (consumer_timeout in its configuration)'
  return undefined
}

/** A reply code of the broker's, or a code of Node's. */
function codeOf(cause: unknown): number | string | undefined {
  if (!(cause instanceof Error)) return undefined
  if ('code' in cause && (typeof cause.code === 'string' || typeof cause.code === 'number')) return cause.code
  // Refused at the virtual host, which amqplib shows as it came.
  if (cause.message.includes('got <ConnectionClose')) return 530
  const refused = handshakeRefusal.exec(cause.message)?.[1]
  return refused === undefined ? undefined : Number(refused)
}

function isHandshake(cause: unknown): boolean {
  return cause instanceof Error && handshakeRefusal.test(cause.message)
}

function saidBy(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return maskSecrets(text).replaceAll(/\s+/g, ' ').slice(0, 300)
}
