import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'ldapts'
import { writeCertificates } from './certificates.ts'

const binary = '/usr/sbin/slapd'
const rootDn = 'cn=root,dc=acme,dc=example'
const readyWithinMs = 10_000

export interface Entry {
  /** Below `dc=acme,dc=example`. */
  rdn: string
  attributes: Record<string, string | string[]>
}

export interface Slapd {
  /** TLS from the first byte. */
  ldapsUrl: string
  /** For StartTLS. */
  ldapUrl: string
  baseDn: string
  /** The file of the authority that signed its certificate. */
  caFile: string
  /** Ends it and starts it again, on the same ports and with the same entries. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Whether OpenLDAP's server is installed (Debian: `apt-get install slapd`). */
export async function hasSlapd(): Promise<boolean> {
  return access(binary).then(
    () => true,
    () => false,
  )
}

/**
 * OpenLDAP's server with the attributes of Active Directory, these entries, TLS, no anonymous access, and no search that
 * tells more than three entries. It runs in a folder of its own, on loopback ports that the system picked.
 */
export async function startSlapd(entries: readonly Entry[]): Promise<Slapd> {
  if (!(await hasSlapd())) throw new Error('slapd is not installed (Debian: apt-get install slapd)')
  const folder = await mkdtemp(join(tmpdir(), 'adder-slapd-'))
  const rootPassword = randomUUID()
  await mkdir(join(folder, 'db'))
  await writeCertificates(folder, 'DNS:localhost,IP:127.0.0.1')
  await writeFile(join(folder, 'ad.schema'), schema)
  await writeFile(join(folder, 'slapd.conf'), configuration(folder, rootPassword), { mode: 0o600 })

  const ldapUrl = `ldap://127.0.0.1:${await freePort()}`
  const ldapsUrl = `ldaps://127.0.0.1:${await freePort()}`
  const arguments_ = ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', `${ldapUrl} ${ldapsUrl}`]
  // With `-d` it stays in the foreground, so that the process that was started is the one that is stopped.
  const start = () => spawn(binary, arguments_, { cwd: folder, stdio: 'ignore' })
  let server = start()
  const stop = async () => {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await seed(await boundClient(ldapsUrl, server, rootPassword), entries)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ldapUrl,
    ldapsUrl,
    baseDn: 'dc=acme,dc=example',
    caFile: join(folder, 'ca.crt'),
    async restart() {
      await end(server)
      server = start()
      await (await boundClient(ldapsUrl, server, rootPassword)).unbind()
    },
    stop,
  }
}

async function seed(client: Client, entries: readonly Entry[]): Promise<void> {
  try {
    await client.add('dc=acme,dc=example', { objectClass: 'domain', dc: 'acme' })
    for (const { rdn, attributes } of entries) await client.add(`${rdn},dc=acme,dc=example`, attributes)
  } finally {
    await client.unbind()
  }
}

async function boundClient(url: string, server: ChildProcess, rootPassword: string): Promise<Client> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    // The certificate is checked where it matters, by the connector.
    const client = new Client({ url, timeout: 2000, connectTimeout: 2000, tlsOptions: { rejectUnauthorized: false } })
    try {
      await client.bind(rootDn, rootPassword)
      return client
    } catch (error) {
      await client.unbind()
      if (Date.now() > deadline || server.exitCode !== null)
        throw new Error(`slapd did not get ready at ${url}`, { cause: error })
      await wait(50)
    }
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  return address.port
}

/** Active Directory's own object identifiers: https://learn.microsoft.com/windows/win32/adschema/attributes-all */
const schema = [
  attributeType('4.221', 'sAMAccountName', 'text'),
  attributeType('4.656', 'userPrincipalName', 'text'),
  attributeType('2.146', 'company', 'text'),
  attributeType('2.141', 'department', 'text'),
  attributeType('4.782', 'objectCategory', 'text'),
  attributeType('4.8', 'userAccountControl', 'integer'),
  attributeType('4.1460', 'msDS-User-Account-Control-Computed', 'integer'),
  attributeType('4.159', 'accountExpires', 'integer'),
  attributeType('4.1696', 'lastLogonTimestamp', 'integer'),
  attributeType('4.96', 'pwdLastSet', 'integer'),
  attributeType('2.2', 'whenCreated', 'time'),
  "objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP inetOrgPerson STRUCTURAL MAY ( sAMAccountName $ userPrincipalName $ company $ department $ objectCategory $ userAccountControl $ msDS-User-Account-Control-Computed $ accountExpires $ lastLogonTimestamp $ pwdLastSet $ whenCreated ) )",
  "objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top STRUCTURAL MUST cn MAY ( member $ description $ sAMAccountName $ objectCategory ) )",
  '',
].join('\n')

function attributeType(oid: string, name: string, kind: 'text' | 'integer' | 'time'): string {
  const { rule, syntax } = {
    text: { rule: 'caseIgnoreMatch', syntax: 15 },
    integer: { rule: 'integerMatch', syntax: 27 },
    time: { rule: 'generalizedTimeMatch', syntax: 24 },
  }[kind]
  return `attributetype ( 1.2.840.113556.1.${oid} NAME '${name}' EQUALITY ${rule} SYNTAX 1.3.6.1.4.1.1466.115.121.1.${syntax} SINGLE-VALUE )`
}

function configuration(folder: string, rootPassword: string): string {
  return [
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    'include /etc/ldap/schema/core.schema',
    'include /etc/ldap/schema/cosine.schema',
    'include /etc/ldap/schema/inetorgperson.schema',
    `include ${folder}/ad.schema`,
    `TLSCACertificateFile ${folder}/ca.crt`,
    `TLSCertificateFile ${folder}/server.crt`,
    `TLSCertificateKeyFile ${folder}/server.key`,
    'disallow bind_anon',
    'require authc',
    'security simple_bind=128',
    'sizelimit size.soft=3 size.hard=3',
    'database mdb',
    'suffix dc=acme,dc=example',
    `directory ${folder}/db`,
    `rootdn ${rootDn}`,
    `rootpw ${rootPassword}`,
    'index objectClass,sAMAccountName eq',
    'overlay memberof',
    'memberof-group-oc group',
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by * none',
    '',
  ].join('\n')
}
