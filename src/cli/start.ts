import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type App, createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { noteSecretAges } from '../secrets/secret-ages.ts'
import { configOption } from './config-option.ts'
import { shutdownRequested } from './shutdown.ts'
import { AddressUnusable, DataFolderUnusable } from './start-errors.ts'
import { version } from './version.ts'

interface StartOptions {
  config: string
  data: string
  host?: string
  port?: number
  capture?: string
  logLevel: string
}

export function startCommand(): Command {
  return new Command('start')
    .description('Run a project: receive webhooks, run automations, serve the API and its docs.')
    .addOption(configOption())
    .option('-d, --data <folder>', "this Adder's own folder, kept from start to start", '.adder')
    .option('--host <address>', 'listen on this address instead of the configured one')
    .option('-p, --port <port>', 'listen on this port instead of the configured one; 0 picks a free one', readPort)
    .option('--capture <folder>', 'also write every delivery there as it arrives, redacted')
    .addOption(
      new Option('--log-level <level>', 'the least that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Logs are JSON, one line for each request, step and run. Ctrl-C ends it within
three seconds; what was under way goes on after the next start.

Examples:
  $ adder start --config ./soc
  $ adder start --config ./soc --data /var/lib/adder --port 8443
  $ adder start --config ./soc --capture ./captured`,
    )
    .action(start)
}

async function start(options: StartOptions): Promise<void> {
  const log = createLog({ level: options.logLevel })
  const project = await loadProject(options.config)
  prepareDataFolder(options.data)
  const app = createApp({ project, dataFolder: options.data, log, version, captureFolder: options.capture })
  const { host = '127.0.0.1', port = 8080 } = project.config.server ?? {}
  const shutdown = shutdownRequested()
  try {
    const address = { host: options.host ?? host, port: options.port ?? port }
    const started = app.start()
    // A sender that never repeats must find an open door as early as can be, so the engine is not waited for.
    if (await isFirst(app.opened(), shutdown)) await announce(address)
    if (await isFirst(started, shutdown)) {
      log.info('started')
      noteAges()
    }
    const signal = await shutdown
    log.info({ signal }, 'stopping')
  } finally {
    await app.close()
  }
  log.info('stopped')

  function noteAges(): void {
    try {
      noteSecretAges(options.data)
    } catch (error) {
      log.warn({ error: String(error) }, 'since when the secrets are the same could not be written down')
    }
  }

  async function announce(address: { host: string; port: number }): Promise<void> {
    const url = await listen(app, address)
    const hooks = (project.config.sources ?? []).map(({ name }) => `/hooks/${name}`)
    log.info({ url, docs: `${url}/docs`, hooks, automations: project.automations.length, version }, 'listening')
  }
}

async function isFirst(awaited: Promise<unknown>, shutdown: Promise<unknown>): Promise<boolean> {
  return await Promise.race([awaited.then(() => true), shutdown.then(() => false)])
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

function prepareDataFolder(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new DataFolderUnusable(folder, error as NodeJS.ErrnoException) // the file system's errors are
  }
}

/** Node's own `recursive` never comes to an end below a folder that takes no others and says ENOENT, such as /proc. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder)
  if (!existsSync(parent) && parent !== folder) makeFolder(parent)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

async function listen({ server }: App, address: { host: string; port: number }): Promise<string> {
  try {
    return await server.listen(address)
  } catch (error) {
    throw new AddressUnusable(address, error as NodeJS.ErrnoException) // the network's errors are
  }
}
