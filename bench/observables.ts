import { Command } from 'commander'
import { observablesIn } from '../src/observables/observables.ts'
import { hostileTexts } from '../test/support/hostile-texts.ts'
import { run, wholeNumber } from './command.ts'
import { machine } from './report.ts'

const aimMs = 100

const program = new Command('bench:observables')
  .description('Measure how long the values in a megabyte of text take to find, for texts that are made to take long.')
  .option('--times <n>', 'how often each text is read', wholeNumber(1, 1000), 10)
  .option('--json', 'print the figures as one JSON object')
  .addHelpText('after', '\nExample:\n  npm run bench:observables -- --times 3')
  .action(bench)

async function bench({ times, json }: { times: number; json?: boolean }): Promise<void> {
  const ms = hostileTexts().map(({ name, text }) => ({ name, best: Math.min(...readings(text, times)) }))
  const slowest = ms.toSorted((one, other) => other.best - one.best)
  if (json) console.log(JSON.stringify({ date: new Date().toISOString(), machine: machine(), ms: slowest }))
  else console.log(report(slowest))
}

/** In milliseconds. */
function readings(text: string, times: number): number[] {
  return Array.from({ length: times }, () => {
    const startedAt = performance.now()
    observablesIn(text)
    return performance.now() - startedAt
  })
}

function report(slowest: readonly { name: string; best: number }[]): string {
  const over = slowest.filter(({ best }) => best >= aimMs).length
  const lines = slowest.slice(0, 10).map(({ name, best }) => `${best.toFixed(0).padStart(5)} ms  ${name}`)
  return [
    `A megabyte each; the slowest ten of ${slowest.length}, the best reading of each, because other work only adds:`,
    ...lines,
    `${over} of them take ${aimMs} ms or more.`,
  ].join('\n')
}

await run(program)
