import { Command } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { shutdownRequested } from './shutdown.ts'
import { version } from './version.ts'

interface StartOptions {
  config: string
  data: string
  host?: string
  port?: string
  capture?: string
  logLevel: string
}

export function startCommand(): Command {
  return new Command('start')
    .description('Run an Adder: receive webhooks, run automations, serve the API and its documentation.')
    .option('-c, --config <file or folder>', 'the configuration', '.')
    .option('-d, --data <folder>', "this Adder's own folder, kept from start to start", '.adder')
    .option('--host <address>', 'listen on this address instead of the configured one')
    .option('-p, --port <port>', 'listen on this port instead of the configured one; 0 picks a free one')
    .option('--capture <folder>', 'write every delivery that arrives there too, redacted')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .addHelpText(
      'after',
      '\nExample:\n  $ SPLUNK_HOOK_TOKEN=… JIRA_TOKEN=… adder start --config ./soc --capture ./captured',
    )
    .action(start)
}

async function start(options: StartOptions): Promise<void> {
  const log = createLog({ level: options.logLevel })
  const project = await loadProject(options.config)
  const app = createApp({ project, dataFolder: options.data, log, version, captureFolder: options.capture })
  const { host = '127.0.0.1', port = 8080 } = project.config.server ?? {}
  try {
    await app.start()
    const url = await app.server.listen({ host: options.host ?? host, port: Number(options.port ?? port) })
    log.info({ url, docs: `${url}/docs`, automations: project.automations.length }, 'listening')
    await shutdownRequested()
    log.info('stopping')
  } finally {
    await app.close()
  }
}
