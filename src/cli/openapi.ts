import { Command } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { version } from './version.ts'

export function openApiCommand(): Command {
  return new Command('openapi')
    .description('Print the OpenAPI 3.1 document of a configuration, as /openapi.json serves it.')
    .option('-c, --config <file or folder>', 'the configuration', '.')
    .addHelpText('after', '\nExample:\n  $ adder openapi --config ./soc > openapi.json')
    .action(async ({ config }: { config: string }) => {
      const project = await loadProject(config)
      const app = createApp({ project, dataFolder: '.adder', log: createLog({ level: 'silent' }), version })
      const { payload } = await app.server.inject('/openapi.json')
      console.log(payload)
      await app.close()
    })
}
