import { Command } from 'commander'
import { createApp } from '../app.ts'
import { isRequest } from '../automations/request.ts'
import { loadProject } from '../config/load-project.ts'
import type { Project } from '../config/project.ts'
import { createLog } from '../endpoints/log.ts'
import { ConfigError } from '../errors/config-error.ts'
import { version } from './version.ts'

interface CheckOptions {
  config: string
  json?: boolean
}

export function checkCommand(): Command {
  return new Command('check')
    .description('Check a configuration with its automations, sources and endpoints, and start nothing.')
    .option('-c, --config <file or folder>', 'the configuration', '.')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ adder check --config ./soc\n\nEnds with 0 when nothing is wrong, with 1 and every fault otherwise.',
    )
    .action(check)
}

async function check({ config, json }: CheckOptions): Promise<void> {
  try {
    const project = await loadProject(config)
    await createApp({ project, dataFolder: '.adder', log: createLog({ level: 'silent' }), version }).close()
    console.log(json ? JSON.stringify({ ok: true, ...summary(project) }) : told(project))
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error
    console.log(JSON.stringify({ ok: false, faults: error.faults }))
    process.exitCode = 1
  }
}

function summary({ config, automations, endpoints }: Project) {
  return {
    sources: (config.sources ?? []).map(({ name }) => ({ name, path: `/hooks/${name}` })),
    connectors: Object.entries(config.connectors ?? {}).map(([name, { title }]) => ({ name, title })),
    ticketing: config.ticketing?.title ?? null,
    automations: automations.map(({ name, on }) => ({
      name,
      on: isRequest(on) ? `POST /automations/${name}/runs` : on.kind,
      when: on.conditions.map(({ says }) => says),
    })),
    endpoints: endpoints.map(({ method, path, summary: says, auth }) => ({
      method,
      path,
      summary: says,
      auth: auth.kind,
    })),
  }
}

function told(project: Project): string {
  const { sources, connectors, ticketing, automations, endpoints } = summary(project)
  return [
    section(
      'Sources',
      sources.map(({ name, path }) => `${name}  POST ${path}`),
    ),
    section(
      'Connectors',
      connectors.map(({ name, title }) => `${name}  ${title}`),
    ),
    section('Ticketing', ticketing === null ? [] : [ticketing]),
    section(
      'Automations',
      automations.map(
        ({ name, on, when }) => `${name}  on ${on}${when.length > 0 ? `, when ${when.join(' and ')}` : ''}`,
      ),
    ),
    section(
      'Endpoints',
      endpoints.map(({ method, path, summary: says }) => `${method} ${path}  ${says}`),
    ),
    'Nothing is wrong.',
  ].join('\n\n')
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`))].join('\n')
}
