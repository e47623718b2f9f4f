import { AndFilter, EqualityFilter, type Filter, OrFilter, PresenceFilter, ResultCodeError } from 'ldapts'
import type { Connector, ConnectorDefinition, Lookup } from '../../connectors/connector.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { readCa } from '../../connectors/read-ca.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorAnswerInvalid, ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import { DirectoryConnection, type DirectoryConnectionOptions } from './directory-connection.ts'
import { directoryError } from './directory-error.ts'
import { firstName } from './distinguished-name.ts'
import { type Attributes, attributesOf, type DirectoryUser, directoryUser, first, userAttributes } from './schema.ts'

export interface ActiveDirectoryOptions {
  /** `ldaps://dc1.acme.example`, port 636 by default; `ldap://` (389) only with `startTls`. */
  url: string
  /** Asks for TLS on an `ldap://` address before anything else is sent. Default false. */
  startTls?: boolean
  /** Who asks: a distinguished name, or `svc-adder@acme.example`. It only needs to read. */
  bindDn: string
  password: Secret
  /** Where users are looked for: `DC=acme,DC=example`. */
  baseDn: string
  /** The authority that signed the server's certificate: PEM, or a file that holds it. Default: those Node trusts. */
  ca?: string
  /** The name in the server's certificate, where `url` has another. */
  servername?: string
  /** Of opening a connection and of each operation, 1 to 60,000. Default 5,000. */
  timeoutMs?: number
}

export type ActiveDirectory = Connector<{ user: Lookup<string, DirectoryUser> }, Record<never, never>>

const title = 'Active Directory'
const maxNameLength = 256
const defaultTimeoutMs = 5000
const maxTimeoutMs = 60_000

/**
 * Looks users up in Active Directory, over LDAP and never without TLS.
 *
 * `user(name)` asks by logon name, user principal name or mail address, which has to match as a whole; case does not
 * matter. Where several users match, the one with that logon name is meant; where none has it, the answer is an error
 * and not a guess.
 *
 * Throws a `ConfigError` that names every option that can't be used.
 *
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-adts
 */
export function connector(options: ActiveDirectoryOptions): ConnectorDefinition<ActiveDirectory> {
  expectOptions('activeDirectory.connector', options, {
    url: 'string',
    startTls: 'any?',
    bindDn: 'string',
    password: 'any',
    baseDn: 'string',
    ca: 'string?',
    servername: 'string?',
    timeoutMs: 'any?',
  })
  const connection = checked(options)
  const { baseDn } = options

  return {
    integration: 'active-directory',
    title,
    docs: 'https://learn.microsoft.com/openspecs/windows_protocols/ms-adts',
    secrets: [options.password],
    connect: () => activeDirectory(new DirectoryConnection(connection), baseDn),
  }
}

function activeDirectory(connection: DirectoryConnection, baseDn: string): ActiveDirectory {
  async function search(what: string, find: Find): Promise<Attributes[]> {
    const { base, scope, filter, attributes, signal } = find
    try {
      const entries = await connection.search(base, { scope, filter, attributes: [...attributes] }, signal)
      return entries.map(attributesOf)
    } catch (cause) {
      throw directoryError(cause, `${title}: ${what}`)
    }
  }

  async function managerOf(user: Attributes, signal: AbortSignal): Promise<string | undefined> {
    const dn = first(user, 'manager')
    if (dn === undefined) return undefined
    const filter = new PresenceFilter({ attribute: 'objectClass' })
    const find: Find = { base: dn, scope: 'base', filter, attributes: ['displayName', 'cn'], signal }
    const [manager] = await search('the manager', find).catch(noneWhereRefused)
    return (manager && (first(manager, 'displayName') ?? first(manager, 'cn'))) ?? firstName(dn)
  }

  return {
    lookups: {
      async user(name, { signal }) {
        checkName(name)
        // No size limit of our own: ldapts would hide the server's lower one, and a part would pass for the whole.
        const filter = userFilter(name)
        const users = await search('user', { base: baseDn, scope: 'sub', filter, attributes: userAttributes, signal })
        const user = theOne(users, name)
        if (user === undefined) return notFound()
        const logonName = first(user, 'sAMAccountName')
        if (logonName === undefined)
          throw new ConnectorAnswerInvalid(`${title}: user: the entry has no sAMAccountName that bindDn may read`)
        return found(directoryUser(user, logonName, await managerOf(user, signal)))
      },
    },
    effects: {},
    async probe({ signal }) {
      const filter = new PresenceFilter({ attribute: 'objectClass' })
      const find: Find = { base: baseDn, scope: 'base', filter, attributes: ['objectClass'], signal }
      const [base] = await search('probe', find)
      if (base === undefined)
        throw new ConnectorRefused(`${title}: probe: the account of bindDn can't read ${baseDn}`, { status: 50 })
    },
    async close() {
      connection.close()
    },
  }
}

interface Find {
  base: string
  scope: 'base' | 'sub'
  filter: Filter
  attributes: readonly string[]
  signal: AbortSignal
}

/** As objects, not as text: a value in it is a value, whatever characters it has. */
function userFilter(name: string): Filter {
  const isNamed = ['sAMAccountName', 'userPrincipalName', 'mail'].map(
    (attribute) => new EqualityFilter({ attribute, value: name }),
  )
  return new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectCategory', value: 'person' }),
      new EqualityFilter({ attribute: 'objectClass', value: 'user' }),
      new OrFilter({ filters: isNamed }),
    ],
  })
}

function checkName(name: string): void {
  const isBad = name.trim() === '' || name.length > maxNameLength || /\p{Cc}/u.test(name)
  if (isBad)
    throw new ConnectorInputInvalid(
      `${title}: user: a name has 1 to ${maxNameLength} characters and no control characters`,
    )
}

function theOne(users: readonly Attributes[], name: string): Attributes | undefined {
  if (users.length < 2) return users[0]
  const byLogonName = users.filter((user) => first(user, 'sAMAccountName')?.toLowerCase() === name.toLowerCase())
  if (byLogonName.length === 1) return byLogonName[0]
  throw new ConnectorAnswerInvalid(`${title}: user: ${users.length} users have this name, so it means none of them`)
}

/** A manager in another domain, or hidden from us, is no reason to know nothing of the user. */
function noneWhereRefused(error: unknown): Attributes[] {
  const isAnswer = error instanceof Error && error.cause instanceof ResultCodeError
  if (isAnswer) return []
  throw error
}

function checked(options: ActiveDirectoryOptions): DirectoryConnectionOptions {
  const { startTls = false, bindDn, password, baseDn, servername, timeoutMs = defaultTimeoutMs } = options
  const faults: ConfigFault[] = []
  const fault = (option: string, problem: string) => {
    faults.push({ at: `activeDirectory.connector({ ${option} })`, problem })
  }

  const url = URL.parse(options.url)
  const wanted = startTls ? 'ldap:' : 'ldaps:'
  if (url === null || url.hostname === '') fault('url', 'is no address; write ldaps://dc1.acme.example')
  else if (url.protocol !== wanted)
    fault('url', `passwords only go over TLS; write an ${startTls ? 'ldap' : 'ldaps'}:// address, or change startTls`)
  if (bindDn.trim() === '') fault('bindDn', 'is empty; name the account that Adder asks as')
  if (baseDn.trim() === '') fault('baseDn', 'is empty; name the part of the tree that holds the users')
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > maxTimeoutMs)
    fault('timeoutMs', `is a whole number from 1 to ${maxTimeoutMs}`)
  const ca = readCa(options.ca)
  if (ca instanceof Error) fault('ca', `${ca.message}; give PEM text, or the path of a PEM file`)

  if (url === null || ca instanceof Error || faults.length > 0) throw new ConfigError(faults)
  return { url, startTls, bindDn, password, ca, servername, timeoutMs }
}
