import { Command } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { ConfigError } from '../errors/config-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { configOption } from './config-option.ts'
import { describeProject, type ProjectDescription } from './describe-project.ts'
import { projectWarnings } from './project-warnings.ts'
import { shownTime, wrapped } from './table.ts'
import { version } from './version.ts'

interface CheckOptions {
  config: string
  json?: boolean
}

export function checkCommand(): Command {
  return new Command('check')
    .description('Check a project and show what is in it. Starts nothing, and asks nobody.')
    .addOption(configOption())
    .option('--json', 'print one JSON object, { ok, … } or { ok: false, faults }')
    .addHelpText(
      'after',
      `
Example:
  $ adder check --config ./soc

Ends with 0 when nothing is wrong, with 1 and every fault otherwise. What needs
the outside systems is what adder doctor looks at.`,
    )
    .action(check)
}

async function check({ config, json }: CheckOptions): Promise<void> {
  try {
    const project = await loadProject(config)
    const description = await describeProject(project)
    const app = createApp({ project, dataFolder: '.adder', log: createLog({ level: 'silent' }), version })
    await app.close()
    const warnings = projectWarnings(project, { description, scopes: app.scopes })
    console.log(json ? JSON.stringify({ ok: true, ...description, warnings }) : told(description, warnings))
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error
    console.log(maskSecrets(JSON.stringify({ ok: false, faults: error.faults })))
    process.exitCode = 1
  }
}

function told(project: ProjectDescription, warnings: readonly string[]): string {
  const { sources, connectors, ticketing, records, tokens, automations, suppressions, endpoints } = project
  return [
    ...section(
      'Sources',
      sources.map(({ name, path, queue, authentication, from, sweptEverySeconds: seconds }) => [
        name,
        path === null ? `reads ${queue}` : `POST ${path}`,
        authentication,
        ...(from === undefined ? [] : [`from ${from.join(', ')}`]),
        ...(seconds === undefined ? [] : [`swept every ${seconds} s`]),
      ]),
    ),
    ...section(
      'Connectors',
      connectors.map(({ name, title, secrets }) => [name, title, `with ${secrets.join(', ')}`]),
    ),
    ...section(
      'Ticketing',
      ticketing === null
        ? []
        : [[ticketing.title, `${ticketing.type} tickets in ${ticketing.project} at ${ticketing.site}`]],
    ),
    ...(records === undefined ? [] : section('Records', [[records.title, `with ${records.secrets.join(', ')}`]])),
    ...section(
      'Tokens',
      tokens.map(({ name, secret, scopes }) => [name, secret, scopes.join(', ')]),
    ),
    ...section(
      'Automations',
      automations.map(({ name, on, when, asks, next }) => [
        name,
        next.length === 0 ? `on ${on}` : on,
        ...next.map((tick, index) => `${index === 0 ? 'next' : 'then'} ${shownTime(tick)} UTC`),
        ...when.map((condition, index) => `${index === 0 ? 'when' : 'and'} ${condition}`),
        ...asks.map((asked) => `asks ${asked}`),
      ]),
    ),
    ...(suppressions.length === 0 ? [] : section('Suppressions', suppressions.map(toldSuppression))),
    ...section(
      'Endpoints',
      endpoints.map(({ method, path, summary, auth }) => [`${method} ${path}`, summary, auth]),
    ),
    ...warnings.map((warning) => `Warning: ${wrapped(warning, 2, 'Warning: '.length)}`),
    'Nothing is wrong.',
  ].join('\n')
}

function toldSuppression({ name, on, when, reason, owner, from, until, state }: ProjectDescription['suppressions'][0]) {
  return [
    name,
    `on ${on}`,
    ...when.map((condition, index) => `${index === 0 ? 'when' : 'and'} ${condition}`),
    `${reason} (${owner})`,
    `${from === undefined ? '' : `from ${from} `}until ${until}: ${state}`,
  ]
}

/** How wide the column of names gets. */
const nameWidth = 24

/** Entries under a title: their names in one column, and what is said of each in lines beside its name. */
function section(title: string, entries: readonly (readonly string[])[]): string[] {
  if (entries.length === 0) return [title, '  none', '']
  const width = Math.min(nameWidth, Math.max(...entries.map(([name = '']) => name.length)))
  const lines = entries.flatMap(([name = '', ...said]) => {
    // A name that is wider than its column has a line of its own.
    const [first = '', ...rest] = name.length > width ? ['', ...said] : said
    const begin = name.length > width ? `  ${name}` : `  ${name.padEnd(width)}  ${first}`
    return [begin.trimEnd(), ...rest.map((line) => `  ${' '.repeat(width)}  ${line}`)]
  })
  return [title, ...lines, '']
}
