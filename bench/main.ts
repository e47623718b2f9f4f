import { Command, InvalidArgumentError } from 'commander'
import { shutdownRequested } from '../src/cli/shutdown.ts'
import { benchmark } from './benchmark.ts'
import { machine, report } from './report.ts'

interface Options {
  quick?: boolean
  json?: boolean
  alerts?: number
  seconds?: number
  profile?: string
}

const program = new Command('bench')
  .description(
    'Measure Adder with the talk’s automations against stand-ins, and the bare engine with the same steps beside it. Ends by itself after about 5 minutes and leaves nothing behind.',
  )
  .option('--quick', 'one round of few alerts: under a minute, and rough')
  .option('--alerts <n>', 'alerts of each round', positive)
  .option('--seconds <n>', 'length of each phase with a steady load', positive)
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

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('It must be a whole number, 1 to 1,000,000.')
  return value
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
// Whatever a measured part has left open must not keep the benchmark from ending.
process.exit()
