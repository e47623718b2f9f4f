import { Command } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { configOption } from './config-option.ts'
import { version } from './version.ts'

export function openApiCommand(): Command {
  return new Command('openapi')
    .description('Print the OpenAPI 3.1 document of a project, as /openapi.json serves it.')
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  $ adder openapi --config ./soc > openapi.json')
    .action(openApi)
}

async function openApi({ config }: { config: string }): Promise<void> {
  const project = await loadProject(config)
  const app = createApp({ project, dataFolder: '.adder', log: createLog({ level: 'silent' }), version })
  const { payload } = await app.server.inject('/openapi.json')
  console.log(payload)
  await app.close()
}
