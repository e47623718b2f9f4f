import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Command, InvalidArgumentError, Option } from 'commander'
import { shutdownRequested } from '../../src/cli/shutdown.ts'
import { clusterRun } from './cluster-run.ts'
import { type CrashOptions, type CrashResult, crashRun } from './crash-run.ts'
import { report } from './report.ts'
import { reportCluster } from './report-cluster.ts'

type Pass = Pick<CrashOptions, 'lag' | 'whenUnknown'>

const passes: Record<string, Pass> = {
  found: { lag: 'below', whenUnknown: 'make again' },
  wait: { lag: 'above', whenUnknown: 'wait for a person' },
  again: { lag: 'above', whenUnknown: 'make again' },
}

const titles: Record<string, string> = {
  found: "Jira's search lags less than Adder searches",
  wait: "Jira's search lags more, and the unknown waits for a person",
  again: "Jira's search lags more, and the unknown is made again",
}

const writeTimeoutMs = 20_000

interface Options {
  seed: number
  alerts: number
  seconds: number
  kills: number
  pass?: string
  cluster?: boolean
  json?: boolean
}

const program = new Command('test:crash')
  .description(
    'Send alerts while Adder and its engine are killed with -9 and Jira misbehaves; then count what came of them. Three passes of some minutes each.',
  )
  .option('--seed <n>', 'decides where and whom the kills hit', whole, 1)
  .option('--alerts <n>', 'of each pass', whole, 1000)
  .option('--seconds <n>', 'the least over which they are sent', whole, 60)
  .option('--kills <n>', 'of each pass', whole, 24)
  .addOption(new Option('--pass <name>', 'only this one').choices(Object.keys(passes)))
  .option('--cluster', 'one pass on three engine nodes, two Adders and PostgreSQL, all of which are killed')
  .option('--json', 'print the results as one JSON value')
  .addHelpText('after', '\nExample:\n  $ npm run test:crash -- --seed 7 --pass found')
  .action(testCrash)

async function testCrash({ pass, cluster, json, ...size }: Options): Promise<void> {
  void shutdownRequested().then(() => process.exit(130))
  if (cluster) return testCluster(size, json)
  const results: CrashResult[] = []
  for (const name of pass === undefined ? Object.keys(passes) : [pass]) {
    if (!json) console.log(`\n${titles[name]}`)
    const which = passes[name] as Pass // one of the names above
    const result = await watched(crashRun({ ...size, ...which, writeTimeoutMs, progress }))
    results.push(result)
    clearProgress()
    if (!json) console.log(`${report(result)}\n${stillness(result)}`)
  }
  if (json) console.log(JSON.stringify(results))
  if (results.some(({ faults }) => faults.length > 0)) process.exitCode = 1
}

async function testCluster(size: Pick<Options, 'seed' | 'alerts' | 'seconds' | 'kills'>, json = false): Promise<void> {
  const result = await watched(clusterRun({ ...size, writeTimeoutMs, progress }))
  clearProgress()
  console.log(json ? JSON.stringify(result) : `${reportCluster(result)}\n${stillness(result)}`)
  if (result.faults.length > 0) process.exitCode = 1
}

/**
 * Jira and the sender live in this process. Where it stands still for longer than a write waits for its answer, Jira does
 * afterwards what nobody waits for any more, and no Adder can know.
 */
async function watched<T>(running: Promise<T>): Promise<T & { stoodStillMs: number }> {
  const delay = monitorEventLoopDelay()
  delay.enable()
  const result = await running
  delay.disable()
  return { ...result, stoodStillMs: delay.max / 1e6 }
}

function stillness({ stoodStillMs }: { stoodStillMs: number }): string {
  return `Jira stood still for ${(stoodStillMs / 1000).toFixed(1)} s at most; a write waits ${writeTimeoutMs / 1000} s for its answer`
}

/** One line that changes; nothing where nobody watches. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K… ${text}`)
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 1_000_000)
    throw new InvalidArgumentError('It must be a whole number, 0 to 1,000,000.')
  return value
}

await program.parseAsync()
process.exit()
