import { Command } from 'commander'
import { createApp } from '../app.ts'
import { loadProject } from '../config/load-project.ts'
import { createLog } from '../endpoints/log.ts'
import { ConfigError } from '../errors/config-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { configOption } from './config-option.ts'
import { describeProject, type ProjectDescription } from './describe-project.ts'
import { type Probed, probeProject } from './probe-project.ts'
import { shownTime, wrapped } from './table.ts'
import { version } from './version.ts'

interface CheckOptions {
  config: string
  json?: boolean
  probe?: boolean
}

export function checkCommand(): Command {
  return new Command('check')
    .description('Check a project and show what is in it. Starts nothing, and asks nobody without --probe.')
    .addOption(configOption())
    .option('--probe', 'ask every outside system whether it lets Adder in, and change nothing')
    .option('--json', 'print one JSON object, { ok, … } or { ok: false, faults }')
    .addHelpText(
      'after',
      `
Examples:
  $ adder check --config ./soc
  $ adder check --config ./soc --probe

Ends with 0 when nothing is wrong, with 1 and every fault otherwise.`,
    )
    .action(check)
}

async function check({ config, json, probe }: CheckOptions): Promise<void> {
  try {
    const project = await loadProject(config)
    const description = await describeProject(project)
    await createApp({ project, dataFolder: '.adder', log: createLog({ level: 'silent' }), version }).close()
    const probes = probe ? await probeProject(project.config) : undefined
    const ok = probes?.every(({ problems }) => problems.length === 0) ?? true
    console.log(json ? JSON.stringify({ ok, ...description, probes }) : told(description, probes))
    if (!ok) process.exitCode = 1
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error
    console.log(maskSecrets(JSON.stringify({ ok: false, faults: error.faults })))
    process.exitCode = 1
  }
}

function told(project: ProjectDescription, probes: readonly Probed[] = []): string {
  const { sources, connectors, ticketing, tokens, automations, suppressions, endpoints } = project
  const faults = probes.reduce((sum, { problems }) => sum + problems.length, 0)
  return [
    ...section(
      'Sources',
      sources.map(({ name, path, authentication, sweptEverySeconds: seconds }) => [
        name,
        `POST ${path}`,
        authentication,
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
    ...suppressions
      .filter(({ state }) => state === 'expired')
      .map(({ name }) => `Warning: the suppression "${name}" has expired and does nothing. Take it away.`),
    ...(probes.length === 0 ? [] : section('Asked', probes.map(toldProbe))),
    faults === 0 ? 'Nothing is wrong.' : `${faults === 1 ? 'One thing is' : `${faults} things are`} wrong.`,
  ].join('\n')
}

function toldProbe({ of, problems }: Probed): string[] {
  if (problems.length === 0) return [of, 'lets Adder in']
  const indent = nameWidth + 4
  return [of, ...problems.flatMap((problem) => wrapped(problem, indent).split('\n')).map((line) => line.trim())]
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
