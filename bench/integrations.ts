import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { run, wholeNumber } from './command.ts'
import { machine } from './report.ts'
import { median } from './statistics.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Loaded {
  /** Until all is imported, in milliseconds. */
  ms: number
  /** Of the process then, in megabytes (RSS). */
  mb: number
}

const program = new Command('bench:integrations')
  .description('Measure what integrations cost that a configuration does not name: time to load, and memory.')
  .option('--times <n>', 'how often each is loaded, by turns', wholeNumber(1, 100), 10)
  .option('--json', 'print the figures as one JSON object')
  .addHelpText('after', '\nExample:\n  npm run bench:integrations -- --times 3')
  .action(bench)

async function bench({ times, json }: { times: number; json?: boolean }): Promise<void> {
  const all = globSync('src/integrations/*/', { cwd: root }).map((folder) => path.basename(folder))
  const sets = [
    { what: 'no integration', names: [] },
    { what: 'Jira and Splunk', names: ['jira', 'splunk'] },
    { what: `all ${all.length} integrations`, names: all },
  ].map((set) => ({ ...set, loads: [] as Loaded[] }))
  for (let turn = 0; turn < times; turn += 1) for (const { names, loads } of sets) loads.push(load(names))
  const results = sets.map(({ what, loads }) => ({
    what,
    ms: median(loads.map(({ ms }) => ms)),
    mb: median(loads.map(({ mb }) => mb)),
  }))
  if (json) console.log(JSON.stringify({ date: new Date().toISOString(), machine: machine(), results }))
  else console.log(['                        load, ms  memory, MB', ...results.map(row)].join('\n'))
}

/** Imports the package and these integrations in a process of its own. */
function load(names: readonly string[]): Loaded {
  const imports = ['adderjs', ...names.map((name) => `adderjs/${name}`)]
  const code = `
    const begun = performance.now()
    for (const name of ${JSON.stringify(imports)}) await import(name)
    const ms = performance.now() - begun
    console.log(JSON.stringify({ ms, mb: process.memoryUsage.rss() / 1024 ** 2 }))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' }),
  )
}

function row({ what, ms, mb }: Loaded & { what: string }): string {
  return `${what.padEnd(22)}${ms.toFixed(0).padStart(10)}${mb.toFixed(1).padStart(12)}`
}

await run(program)
