import { Command } from 'commander'
import { shutdownRequested } from '../src/cli/shutdown.ts'
import { benchmark } from './benchmark.ts'
import { run, wholeNumber } from './command.ts'
import { machine, report } from './report.ts'

interface Options {
  quick?: boolean
  json?: boolean
  alerts?: number
  seconds?: number
  profile?: string
}

const count = wholeNumber(1, 1_000_000)

const program = new Command('bench')
  .description(
    'Measure Adder with the talk’s automations against stand-ins, and the bare engine with the same steps beside it. Ends by itself after about 5 minutes and leaves nothing behind.',
  )
  .option('--quick', 'one round of few alerts: under a minute, and rough')
  .option('--alerts <n>', 'alerts of each round', count)
  .option('--seconds <n>', 'length of each phase with a steady load', count)
  .option('--json', 'print the figures as one JSON object')
  .option('--profile <folder>', "write Adder's processor profile there (.cpuprofile)")
  .action(bench)

async function bench({ quick, json, alerts, seconds, profile }: Options): Promise<void> {
  const stop = new AbortController()
  void shutdownRequested().then(() => stop.abort())
  const size = quick
    ? { alerts: 300, rounds: 1, seconds: 3, memoryAlerts: 1000 }
    : { alerts: 1500, rounds: 3, seconds: 10, memoryAlerts: 10_000 }
  const result = await benchmark(
    {
      ...size,
      ...(alerts === undefined ? {} : { alerts }),
      ...(seconds === undefined ? {} : { seconds }),
      profileFolder: profile,
      progress: (text) => console.error(`… ${text}`),
    },
    stop.signal,
  )
  if (json) console.log(JSON.stringify({ date: new Date().toISOString(), machine: machine(), ...result }))
  else console.log(`\n${report(result)}`)
}

await run(program)
