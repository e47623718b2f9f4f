import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../src/cli/demo/free-port.ts'
import { until } from '../support/until.ts'
import { writeCertificates } from './certificates.ts'

const run = promisify(execFile)
const binary = '/usr/sbin/mosquitto'

export interface Mosquitto {
  host: string
  port: number
  /** SHA-256 of its certificate, with colons. */
  fingerprint: string
  /** The file of the authority that signed it. */
  caFile: string
  /** Ends it and starts it again, on the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Whether Mosquitto is installed (Debian: `apt-get install mosquitto`). */
export async function hasMosquitto(): Promise<boolean> {
  return access(binary).then(
    () => true,
    () => false,
  )
}

/**
 * A Mosquitto that speaks TLS with the cipher of a robot, and lets in these users with their passwords and nobody else. It
 * runs in a folder of its own, on a loopback port that the system picked.
 */
export async function startMosquitto(users: Readonly<Record<string, string>>): Promise<Mosquitto> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-mosquitto-'))
  const inFolder = (name: string) => path.join(folder, name)
  const port = await freePort()
  await writeCertificates(folder, 'IP:127.0.0.1')
  const lines = Object.entries(users).map(([user, password]) => `${user}:${password}\n`)
  await writeFile(inFolder('passwords'), lines.join(''), { mode: 0o600 })
  // Hashes what is in the file, so that no password is an argument.
  await run('mosquitto_passwd', ['-U', inFolder('passwords')])
  const configuration = [
    `listener ${port} 127.0.0.1`,
    `certfile ${inFolder('server.crt')}`,
    `keyfile ${inFolder('server.key')}`,
    'ciphers AES128-SHA256',
    'allow_anonymous false',
    `password_file ${inFolder('passwords')}`,
    // Where root starts it, it would become a user that may not read the folder.
    'user root',
    '',
  ]
  await writeFile(inFolder('mosquitto.conf'), configuration.join('\n'))

  let said = ''
  const start = async (): Promise<ChildProcess> => {
    said = ''
    const server = spawn(binary, ['-c', inFolder('mosquitto.conf')], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server.stderr.on('data', (text) => {
      said += text
    })
    await until('Mosquitto runs', () => / running\n/.test(said) || server.exitCode !== null, { shown: () => said })
    if (server.exitCode !== null) throw new Error(`Mosquitto did not start: ${said}`)
    return server
  }
  const end = async (server: ChildProcess): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  let server = await start()

  return {
    host: '127.0.0.1',
    port,
    fingerprint: new X509Certificate(await readFile(inFolder('server.crt'))).fingerprint256,
    caFile: inFolder('ca.crt'),
    async restart() {
      await end(server)
      server = await start()
    },
    async stop() {
      await end(server)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
