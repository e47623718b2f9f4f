import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { connect } from 'amqplib'
import { freePort } from '../../src/cli/demo/free-port.ts'
import { type BrokerUnderTest, brokerUser } from '../support/rabbitmq-contract.ts'
import { until } from '../support/until.ts'
import { writeCertificates } from './certificates.ts'

/** Not the ones on the PATH, which change to another user and ignore the environment. */
const server = '/usr/lib/rabbitmq/bin/rabbitmq-server'
const control = '/usr/lib/rabbitmq/bin/rabbitmqctl'
const password = 'password-of-the-broker-77b1'

export interface RabbitMqServer extends BrokerUnderTest {
  /** Where it speaks TLS, with a certificate for localhost. */
  tlsPort: number
  /** The authority of that certificate, a file. */
  ca: string
  /** Adds a user with the broker's password, who may configure, write and read what these patterns match. */
  addUser(name: string, rights: readonly [configure: string, write: string, read: string]): Promise<void>
  /** Has it be short of memory, or not any more. */
  setMemoryAlarm(isOn: boolean): Promise<void>
  /** What it has logged. */
  output(): string
}

/** Whether RabbitMQ is installed (Debian: `apt-get install rabbitmq-server`). */
export async function hasRabbitMq(): Promise<boolean> {
  return access(server).then(
    () => true,
    () => false,
  )
}

/**
 * A RabbitMQ in a folder of its own, under a node name of its own, on loopback ports that the system picked, with the
 * port mapper of Erlang that it needs. It takes some 10 seconds to start.
 */
export async function startRabbitMq(): Promise<RabbitMqServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'adder-rabbitmq-'))
  const file = (name: string) => path.join(folder, name)
  const [port, tlsPort, mapperPort, nodePort] = [await freePort(), await freePort(), await freePort(), await freePort()]
  await writeCertificates(folder, 'DNS:localhost,IP:127.0.0.1')
  await writeFile(
    file('rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${port}`,
      `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
      `ssl_options.cacertfile = ${file('ca.crt')}`,
      `ssl_options.certfile = ${file('server.crt')}`,
      `ssl_options.keyfile = ${file('server.key')}`,
      `default_user = ${brokerUser}`,
      `default_pass = ${password}`,
      'log.console = true',
      'log.file = false',
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  await writeFile(file('plugins'), '[].')
  await chmod(folder, 0o700)
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(mapperPort),
    RABBITMQ_NODENAME: `adder${port}@localhost`,
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins'),
    RABBITMQ_PID_FILE: file('rabbitmq.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
  }
  let said = ''
  // In the foreground and our own, or the server would leave one behind that runs for ever.
  const mapper = spawn('epmd', [], { env, stdio: 'ignore' })
  const broker = spawn(server, [], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [broker.stdout, broker.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const close = async () => {
    await end(broker)
    await end(mapper)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until('RabbitMQ has started', () => said.includes('Server startup complete'), {
      shown: () => said,
      withinMs: 120_000,
    })
    await declareExchange(port)
  } catch (error) {
    await close()
    throw error
  }
  const ctl = (...arguments_: string[]) => promisify(execFile)(control, arguments_, { env })
  return {
    port,
    tlsPort,
    ca: file('ca.crt'),
    password,
    async addUser(name, rights) {
      await ctl('add_user', name, password)
      await ctl('set_permissions', name, ...rights)
    },
    async setMemoryAlarm(isOn) {
      await ctl('set_vm_memory_high_watermark', isOn ? '0' : '0.4')
    },
    output: () => said,
    close,
  }
}

/** The exchange of the contract. */
async function declareExchange(port: number): Promise<void> {
  const connection = await connect({ port, username: brokerUser, password })
  const channel = await connection.createChannel()
  await channel.assertExchange('siem', 'direct', { durable: true })
  await channel.assertQueue('siem-high', { durable: true })
  await channel.bindQueue('siem-high', 'siem', 'alert.high')
  await connection.close()
}

/** The shell that starts the broker passes the signal on. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
