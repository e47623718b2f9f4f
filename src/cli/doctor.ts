import { Command } from 'commander'
import { loadProject } from '../config/load-project.ts'
import type { Project } from '../config/project.ts'
import { ConfigError } from '../errors/config-error.ts'
import { maskSecrets } from '../secrets/secret.ts'
import { configOption } from './config-option.ts'
import { checkDisk } from './doctor/check-disk.ts'
import { checkInbound } from './doctor/check-inbound.ts'
import { checkSecretValues } from './doctor/check-secret-values.ts'
import { checkSecrets } from './doctor/check-secrets.ts'
import { checkServer } from './doctor/check-server.ts'
import { checkSystems } from './doctor/check-systems.ts'
import { ClockWatch } from './doctor/clock-watch.ts'
import type { Finding } from './doctor/finding.ts'
import { wrapped } from './table.ts'

interface DoctorOptions {
  config: string
  data: string
  url?: string
  json?: boolean
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Look at everything a project needs, outside systems too. Changes nothing.')
    .addOption(configOption())
    .option('-d, --data <folder>', 'the data folder of the running Adder', '.adder')
    .option('--url <address>', 'also ask Adder from outside, at the address that senders have')
    .option('--json', 'print one JSON object, { ok, findings }')
    .addHelpText(
      'after',
      `
Each connector, the ticketing, each sweep and each queue is asked with its
credentials; the clock is compared with theirs; the running Adder is asked for
its engine, its history, the runs that wait for a person, the deliveries of the
last day that were kept, and what is paused.

Examples:
  $ adder doctor --config ./soc
  $ adder doctor --config ./soc --url https://adder.acme.example

Ends with 0 when all is well, with 3 when there are warnings, with 1 when
something has failed.`,
    )
    .action(doctor)
}

async function doctor(options: DoctorOptions): Promise<void> {
  const findings = (await examine(options)).map(masked)
  const failed = findings.filter(({ state }) => state === 'failed').length
  const warnings = findings.filter(({ state }) => state === 'warning').length
  console.log(options.json ? JSON.stringify({ ok: failed === 0, findings }) : told(findings, { failed, warnings }))
  process.exitCode = failed > 0 ? 1 : warnings > 0 ? 3 : 0
}

async function examine({ config, data, url }: DoctorOptions): Promise<Finding[]> {
  const project = await loaded(config)
  const own = [checkDisk(data), ...checkSecrets(data)]
  if (Array.isArray(project)) return [...project, ...(await checkServer({ data })), ...own]
  const { sources = [], records, engine } = project.config
  const running = { data, hasRecords: records !== undefined, isEngineShared: engine !== undefined }
  const clock = new ClockWatch()
  const systems = await checkSystems(project.config)
  const configuration: Finding = { of: 'configuration', state: 'ok', says: 'has no fault' }
  const inbound = url === undefined ? [] : await checkInbound(url, sources)
  return [
    configuration,
    ...systems,
    ...clock.end(),
    ...inbound,
    ...(await checkServer(running)),
    ...own,
    ...checkSecretValues(project.config),
  ]
}

/** The project, or what is wrong with it. */
async function loaded(config: string): Promise<Project | Finding[]> {
  try {
    return await loadProject(config)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ at, problem }) => ({
      of: 'configuration',
      state: 'failed',
      says: `${at}: ${problem}`,
    }))
  }
}

function masked({ of, state, says, fix }: Finding): Finding {
  return { of, state, says: maskSecrets(says), ...(fix === undefined ? {} : { fix: maskSecrets(fix) }) }
}

const marks = { ok: '✔', warning: '!', failed: '✖' } as const

function told(findings: readonly Finding[], { failed, warnings }: { failed: number; warnings: number }): string {
  const width = Math.min(24, Math.max(...findings.map(({ of }) => of.length)))
  const indent = width + 4
  const lines = findings.flatMap(({ of, state, says, fix }) => [
    `${marks[state]} ${of.padEnd(width)}  ${wrapped(says, indent, Math.max(indent, of.length + 4))}`,
    ...(fix === undefined ? [] : [`${' '.repeat(indent)}${wrapped(`→ ${fix}`, indent)}`]),
  ])
  const counts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ]
  return [...lines, '', counts.length === 0 ? 'All is well.' : `${counts.join(', ')}.`].join('\n')
}
