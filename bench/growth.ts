import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { shutdownRequested } from '../src/cli/shutdown.ts'
import { type RunningAdder, startAdder } from './adder.ts'
import { run, wholeNumber } from './command.ts'
import { playRound, type Times } from './measure.ts'
import { cpuMs, folderBytes, memoryMb } from './process-usage.ts'
import { machine } from './report.ts'
import { type StandIns, startStandIns } from './stand-ins.ts'
import { steadyLoad } from './steady-load.ts'

/** What Adder costs while it keeps so many runs. */
interface Mark {
  runs: number
  acknowledgement: Times
  answers: Times
  /** Of Adder and of its engine for each alert, in milliseconds; undefined where the system does not tell. */
  cpu?: { adderMs: number; engineMs: number }
  memory: { adderMb: number; engineMb: number }
  bytesPerRun: number
  /** From the start of the process until it takes alerts in, and until an alert sent then is answered. */
  restart: { readyMs: number; answeredMs: number }
}

const marks = [1000, 10_000, 50_000, 150_000]

/** An alert is two runs: one opens the ticket, one answers on it. */
const runsPerAlert = 2

const steady = { perSecond: 15, seconds: 10 }

const program = new Command('bench:growth')
  .description(
    `Measure how Adder fares with more and more kept runs: the same steady load of ${steady.perSecond} alerts a second, and a restart, at each of ${marks.map((mark) => mark.toLocaleString('en')).join(', ')}. Leaves nothing behind. Takes half an hour on two cores.`,
  )
  .option('--runs <n>', 'the most runs', wholeNumber(1000, 1_000_000), marks.at(-1))
  .option('--json', 'print the figures as one JSON object')
  .addHelpText('after', '\nExample:\n  npm run bench:growth -- --runs 10000')
  .action(bench)

async function bench({ runs: most, json }: { runs: number; json?: boolean }): Promise<void> {
  const stopped = shutdownRequested().then(() => Promise.reject(new Error('stopped')))
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-bench-growth-'))
  const standIns = await startStandIns()
  const running: { adder?: RunningAdder } = {}
  try {
    const result = await Promise.race([stopped, grow({ folder, standIns, running, most })])
    if (json) console.log(JSON.stringify({ date: new Date().toISOString(), machine: machine(), marks: result }))
    else console.log(`\n${report(result)}`)
  } finally {
    await running.adder?.close()
    await standIns.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface GrowOptions {
  folder: string
  standIns: StandIns
  running: { adder?: RunningAdder }
  most: number
}

async function grow({ folder, standIns, running, most }: GrowOptions): Promise<Mark[]> {
  const start = async (): Promise<RunningAdder> => {
    running.adder = await startAdder({ folder, env: standIns.env })
    return running.adder
  }
  let adder = await start()
  const emptyBytes = folderBytes(adder.dataFolder)
  const reached: Mark[] = []
  for (const mark of marks.filter((each) => each <= most)) {
    await fill(adder, standIns, mark)
    console.error(`… ${mark.toLocaleString('en')} runs`)
    const before = cpuOf(adder)
    const load = await steadyLoad({ adder, standIns, ...steady })
    const after = cpuOf(adder)
    const runs = (await standIns.finished()).finished * runsPerAlert
    const memory = { adderMb: memoryMb(adder.pid), engineMb: memoryMb(adder.enginePid) }
    const bytesPerRun = (folderBytes(adder.dataFolder) - emptyBytes) / runs
    await adder.close()
    adder = await start()
    const first = await steadyLoad({ adder, standIns, perSecond: 1, seconds: 1 })
    reached.push({
      runs,
      acknowledgement: load.acknowledgement,
      answers: load.finished,
      ...(before === undefined || after === undefined ? {} : { cpu: perAlert(before, after, load.alerts) }),
      memory,
      bytesPerRun,
      restart: { readyMs: adder.readyMs, answeredMs: adder.readyMs + first.finished.p50 },
    })
  }
  return reached
}

async function fill(adder: RunningAdder, standIns: StandIns, runs: number): Promise<void> {
  const finished = async () => (await standIns.finished()).finished
  for (;;) {
    const missing = Math.ceil(runs / runsPerAlert) - (await finished())
    if (missing <= 0) return
    await playRound({ door: adder.door, finished, pids: {} }, { alerts: Math.min(missing, 5000), clients: 32 })
  }
}

interface Cpu {
  adder: number
  engine: number
}

function cpuOf({ pid, enginePid }: RunningAdder): Cpu | undefined {
  const [adder, engine] = [cpuMs(pid), cpuMs(enginePid)]
  return adder === undefined || engine === undefined ? undefined : { adder, engine }
}

function perAlert(before: Cpu, after: Cpu, alerts: number): { adderMs: number; engineMs: number } {
  return { adderMs: (after.adder - before.adder) / alerts, engineMs: (after.engine - before.engine) / alerts }
}

function report(reached: readonly Mark[]): string {
  const row = (title: string, show: (mark: Mark) => string) =>
    `${title.padEnd(32)}${reached.map((mark) => show(mark).padStart(12)).join('')}`
  const times = ({ p50, p99 }: Times) => `${p50.toFixed(0)} / ${p99.toFixed(0)}`
  return [
    machine(),
    '',
    row('kept runs', ({ runs }) => runs.toLocaleString('en')),
    row('acknowledged, ms p50 / p99', ({ acknowledgement }) => times(acknowledgement)),
    row('answered, ms p50 / p99', ({ answers }) => times(answers)),
    row('CPU for an alert, ms', ({ cpu }) => (cpu ? `${cpu.adderMs.toFixed(1)}+${cpu.engineMs.toFixed(1)}` : '?')),
    row('memory, MB', ({ memory }) => `${memory.adderMb.toFixed(0)}+${memory.engineMb.toFixed(0)}`),
    row('disk for a run, KB', ({ bytesPerRun }) => (bytesPerRun / 1024).toFixed(1)),
    row('restart: takes alerts in, s', ({ restart }) => (restart.readyMs / 1000).toFixed(1)),
    row('restart: an alert answered, s', ({ restart }) => (restart.answeredMs / 1000).toFixed(1)),
    '',
    `CPU and memory: of Adder + of its engine. Load: ${steady.perSecond} alerts a second for ${steady.seconds} s.`,
  ].join('\n')
}

await run(program)
