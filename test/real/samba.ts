import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'ldapts'
import { writeCertificates } from './certificates.ts'

const run = promisify(execFile)
const readyWithinMs = 30_000

/** A domain controller of the domain acme.example. */
export interface Samba {
  ldapsUrl: string
  /** For StartTLS. */
  ldapUrl: string
  baseDn: string
  caFile: string
  /** Runs `samba-tool` on its database: `['user', 'create', 'mlisa', 'password']`. */
  tool(...args: string[]): Promise<void>
  /** Changes its database as LDIF says. */
  modify(ldif: string): Promise<void>
  /** Tries to log on; false where it is refused. */
  logOn(user: string, password: string): Promise<boolean>
  stop(): Promise<void>
}

/** Whether Samba's domain controller is installed (Debian: `samba-ad-dc samba-ad-provision ldb-tools`), and may run. */
export async function hasSamba(): Promise<boolean> {
  const isThere = (file: string) =>
    access(file).then(
      () => true,
      () => false,
    )
  const files = [
    '/usr/sbin/samba',
    '/usr/bin/samba-tool',
    '/usr/bin/ldbmodify',
    '/usr/share/samba/setup/provision.ldif',
  ]
  return process.getuid?.() === 0 && (await Promise.all(files.map(isThere))).every(Boolean)
}

/**
 * Samba as a domain controller that serves LDAP and nothing else, in a folder of its own. Its ports are fixed, so each
 * has a loopback address of its own.
 */
export async function startSamba(): Promise<Samba> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-samba-'))
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
  const configuration = path.join(folder, 'smb.conf')
  const database = ['-H', path.join(folder, 'private', 'sam.ldb')]
  await writeCertificates(folder, `DNS:dc1.acme.example,IP:${address}`)
  await provision(folder, address)
  await writeFile(configuration, smbConf(folder, address))
  // It ends when its input does, so that it does not outlive the test.
  const server = spawn('samba', ['-i', '-M', 'single', '-s', configuration, '--debug-stdout'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ldapsUrl = `ldaps://${address}`
  const stop = async (): Promise<void> => {
    await end(server)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await ready(ldapsUrl, server)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ldapsUrl,
    ldapUrl: `ldap://${address}`,
    baseDn: 'DC=acme,DC=example',
    caFile: path.join(folder, 'ca.crt'),
    async tool(...args) {
      await run('samba-tool', [...args, '-s', configuration, ...database])
    },
    async modify(ldif) {
      const file = path.join(folder, 'change.ldif')
      await writeFile(file, ldif)
      await run('ldbmodify', [...database, file])
    },
    async logOn(user, password) {
      const client = clientOf(ldapsUrl)
      try {
        await client.bind(`${user}@acme.example`, password)
        return true
      } catch {
        return false
      } finally {
        await client.unbind()
      }
    },
    stop,
  }
}

async function provision(folder: string, address: string): Promise<void> {
  const none = path.join(folder, 'none.conf')
  await writeFile(none, '')
  await run('samba-tool', [
    ...['domain', 'provision', '-s', none, `--targetdir=${folder}`, '--realm=ACME.EXAMPLE', '--domain=ACME'],
    ...[
      '--server-role=dc',
      '--dns-backend=NONE',
      '--adminpass=Adm1n-secret',
      '--host-name=dc1',
      `--host-ip=${address}`,
    ],
  ])
  const settings = ['--complexity=off', '--min-pwd-age=0', '--account-lockout-threshold=3']
  await run('samba-tool', [
    ...['domain', 'passwordsettings', 'set', ...settings, '-s', none],
    ...['-H', path.join(folder, 'private', 'sam.ldb')],
  ])
}

function smbConf(folder: string, address: string): string {
  return [
    '[global]',
    'netbios name = DC1',
    'realm = ACME.EXAMPLE',
    'workgroup = ACME',
    'server role = active directory domain controller',
    'server services = ldap',
    `interfaces = ${address}/8`,
    'bind interfaces only = yes',
    `private dir = ${folder}/private`,
    `state directory = ${folder}/state`,
    `cache directory = ${folder}/cache`,
    `lock directory = ${folder}`,
    `pid directory = ${folder}`,
    `ncalrpc dir = ${folder}/ncalrpc`,
    `tls certfile = ${folder}/server.crt`,
    `tls keyfile = ${folder}/server.key`,
    `tls cafile = ${folder}/ca.crt`,
    '',
  ].join('\n')
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    const client = clientOf(url)
    try {
      await client.bind('Administrator@acme.example', 'Adm1n-secret')
      return
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null)
        throw new Error(`Samba did not get ready at ${url}`, { cause: error })
      await wait(100)
    } finally {
      await client.unbind()
    }
  }
}

function clientOf(url: string): Client {
  // The certificate is checked where it matters, by the connector.
  return new Client({ url, timeout: 5000, connectTimeout: 2000, tlsOptions: { rejectUnauthorized: false } })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}
