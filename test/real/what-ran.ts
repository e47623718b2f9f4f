import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { TestEvent } from 'node:test/reporters'

interface Tally {
  passed: number
  failed: number
  /** Why tests were left out. */
  skipped: string[]
}

/** The servers and Debian's packages of them, by the files of this folder. */
const servers: Record<string, readonly (readonly [name: string, packaged: string])[]> = {
  'active-directory': [['OpenLDAP', 'slapd']],
  'active-directory-on-samba': [['Samba', 'samba-ad-dc']],
  'adder-on-postgres': [['PostgreSQL', 'postgresql-[1-9]*']],
  alertmanager: [['Alertmanager', 'prometheus-alertmanager']],
  ansible: [['ansible-core', 'ansible-core']],
  celery: [
    ['RabbitMQ', 'rabbitmq-server'],
    ['Celery', 'python3-celery'],
  ],
  cluster: [['PostgreSQL', 'postgresql-[1-9]*']],
  'crash-on-cluster': [['PostgreSQL', 'postgresql-[1-9]*']],
  'docs-page': [['Chromium', 'chromium-headless-shell']],
  'history-on-postgres': [['PostgreSQL', 'postgresql-[1-9]*']],
  'history-tests-on-postgres': [['PostgreSQL', 'postgresql-[1-9]*']],
  rabbitmq: [['RabbitMQ', 'rabbitmq-server']],
  'request-tracker': [['Request Tracker', 'request-tracker5']],
  roomba: [['Mosquitto', 'mosquitto']],
}

/**
 * A reporter whose last lines say, file by file, what ran against which real server, and what was left out and why.
 */
export default async function* whatRan(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, Tally>()
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { skip, details, ...from } = event.data
    if (details.type === 'suite') continue
    const file = fileOf(from)
    const tally = files.get(file) ?? { passed: 0, failed: 0, skipped: [] }
    files.set(file, tally)
    if (skip !== undefined) tally.skipped.push(skip === true ? 'no reason given' : String(skip))
    else if (event.type === 'test:pass') tally.passed += 1
    else tally.failed += 1
  }
  yield '\nAgainst real servers:\n'
  for (const [file, tally] of files) yield `  ${file}${versionsOf(file)}: ${told(tally)}\n`
  if (files.size === 0) yield '  nothing ran\n'
}

/** The file that was run: a test that several of them share stands in another one. */
function fileOf(from: { file?: string | undefined; entryFile?: string | undefined }): string {
  return path.basename(from.entryFile ?? from.file ?? '?', '.test.ts')
}

function versionsOf(file: string): string {
  const known = (servers[file] ?? []).map(([name, packaged]) => `${name} ${versionOf(packaged)}`)
  return known.length === 0 ? '' : ` (${known.join(', ')})`
}

function versionOf(packaged: string): string {
  try {
    // Of those that match a pattern, some may be known and not installed: these have no version.
    const versions = execFileSync('dpkg-query', ['-W', '-f', `$\{source:Upstream-Version}\\n`, packaged], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return versions.trim().split('\n')[0] || 'of unknown version'
  } catch {
    return 'of unknown version'
  }
}

function told({ passed, failed, skipped }: Tally): string {
  const parts = [
    passed > 0 && `${passed} passed`,
    failed > 0 && `${failed} FAILED`,
    skipped.length > 0 && `${skipped.length} NOT RUN (${[...new Set(skipped)].join('; ')})`,
  ]
  return parts.filter(Boolean).join(', ')
}
