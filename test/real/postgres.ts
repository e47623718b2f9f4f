import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)
const readyWithinMs = 30_000

export interface Postgres {
  /** Of a user who may make databases. */
  url: string
  port: number
  /** The file of the authority that signed its certificate. */
  caFile: string
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again where it does not run, on the same port and with the same data. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** The folder of PostgreSQL's programs (Debian: `apt-get install postgresql`); undefined where it is not installed. */
export function postgresPrograms(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin').findLast((folder) => existsSync(path.join(folder, 'initdb')))
}

/**
 * A PostgreSQL of its own: in a new folder, on a loopback port that the system picked, with TLS and a password.
 *
 * @param detached whether a Ctrl-C in the terminal is not for it.
 */
export async function startPostgres({ detached = false } = {}): Promise<Postgres> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql)')
  const user = serverUser()
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-postgres-'))
  await chmod(folder, 0o755)
  const data = path.join(folder, 'data')
  const password = randomUUID()
  await mkdir(data, { mode: 0o700 })
  await writeFile(path.join(folder, 'password'), password)
  await writeCertificate(folder)
  if (user !== undefined)
    for (const name of ['', 'data', 'server.key', 'password']) await chown(path.join(folder, name), user.uid, user.gid)
  const options = { cwd: folder, ...user, env: { PATH: process.env.PATH, HOME: folder } }
  await run(
    path.join(programs, 'initdb'),
    [
      ...['-D', data, '-U', 'adder', `--pwfile=${folder}/password`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'],
      // A language whose order is not that of the bytes, as many servers have one.
      ...['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'],
    ],
    options,
  )
  const port = await freePort()
  const url = `postgres://adder:${password}@127.0.0.1:${port}/postgres`
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'ssl=on',
    `ssl_cert_file=${folder}/server.crt`,
    `ssl_key_file=${folder}/server.key`,
  ]
  const arguments_ = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  let server: ChildProcess | undefined
  const isRunning = () => server !== undefined && server.exitCode === null && server.signalCode === null
  const start = async () => {
    if (isRunning()) return
    server = spawn(path.join(programs, 'postgres'), arguments_, { ...options, detached, stdio: 'ignore' })
    await untilReady(url, server)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (server === undefined || !isRunning()) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  const stop = async () => {
    await end('SIGINT')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  // SIGQUIT ends its children too, without writing anything.
  return { url, port, caFile: path.join(folder, 'ca.crt'), kill: () => end('SIGQUIT'), start, stop }
}

/** PostgreSQL refuses to run as root; Debian's package has made a user for it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (Date.now() > deadline || server.exitCode !== null)
        throw new Error('PostgreSQL did not get ready', { cause: error })
      await wait(50)
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port')
  return address.port
}

async function writeCertificate(folder: string): Promise<void> {
  const openssl = (...arguments_: string[]) => run('openssl', arguments_, { cwd: folder })
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-subj']
  await writeFile(path.join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
  await openssl('req', '-x509', ...newKey, '/CN=Test CA', '-days', '2', '-keyout', 'ca.key', '-out', 'ca.crt')
  await openssl('req', ...newKey, '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr')
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
    ...['-extfile', 'names', '-out', 'server.crt'],
  )
  await chmod(path.join(folder, 'server.key'), 0o600)
}
