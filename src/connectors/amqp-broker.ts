import { ConfigError, type ConfigFault } from '../errors/config-error.ts'
import type { Secret } from '../secrets/secret.ts'
import { isSafeAddress } from './is-safe-address.ts'
import { readCa } from './read-ca.ts'

export interface AmqpBrokerOptions {
  /**
   * `amqps://mq.acme.example/soc`: the broker (port 5671 by default) and its virtual host, `/` where none is written.
   * `amqp://` (5672) only to this machine, because the password would go in the clear.
   */
  url: string
  user: string
  password: Secret
  /** The authority that signed the broker's certificate: PEM, or a file that holds it. Default: those Node trusts. */
  ca?: string
}

/** A broker that can be connected to. */
export interface AmqpBroker {
  /** `amqps` or `amqp`. */
  protocol: string
  host: string
  port: number
  vhost: string
  user: string
  password: Secret
  ca: string | undefined
  /** For people: `mq.acme.example`, and the virtual host where it is not `/`. */
  where: string
}

/**
 * Where a broker is.
 *
 * @param at what the options are of, in the words of the configuration: `rabbitmq.connector`.
 * @throws ConfigError naming every option that can't be used.
 */
export function amqpBroker({ url: text, user, password, ca: givenCa }: AmqpBrokerOptions, at: string): AmqpBroker {
  const faults: ConfigFault[] = []
  const fault = (option: string, problem: string) => {
    faults.push({ at: `${at}({ ${option} })`, problem })
  }
  const url = URL.parse(text)
  const problem = urlProblem(url)
  if (problem !== undefined) fault('url', problem)
  if (user.trim() === '') fault('user', 'is empty; name the account that Adder has at the broker')
  const ca = readCa(givenCa)
  if (ca instanceof Error) fault('ca', `${ca.message}; give PEM text, or the path of a PEM file`)
  if (url === null || ca instanceof Error || faults.length > 0) throw new ConfigError(faults)

  const protocol = url.protocol.slice(0, -1)
  // Without a path, and with an empty one, people mean the virtual host that every broker has.
  const vhost = decodeURIComponent(url.pathname.slice(1)) || '/'
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (protocol === 'amqps' ? 5671 : 5672) : Number(url.port),
    vhost,
    user,
    password,
    ca,
    where: vhost === '/' ? url.host : `${url.host}/${vhost}`,
  }
}

/** The address itself is not shown: it may be one with a password. */
function urlProblem(url: URL | null): string | undefined {
  if (url === null || url.hostname === '' || !['amqp:', 'amqps:'].includes(url.protocol))
    return 'is no address; write amqps://mq.acme.example/vhost'
  if (url.username !== '' || url.password !== '') return 'holds a user or a password; give them as options of their own'
  if (url.search !== '' || url.hash !== '') return 'holds a query; write it as far as the virtual host'
  if (!isVhost(url.pathname.slice(1))) return 'has no virtual host after its host; a slash in its name is written %2F'
  const asHttp = new URL(`${url.protocol === 'amqps:' ? 'https' : 'http'}://${url.hostname}`)
  return isSafeAddress(asHttp) ? undefined : 'passwords only go over TLS; write an amqps:// address'
}

function isVhost(path: string): boolean {
  try {
    return !path.includes('/') && Buffer.byteLength(decodeURIComponent(path)) < 256
  } catch {
    return false
  }
}
