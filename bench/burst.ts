import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Command } from 'commander'
import { startAdder } from './adder.ts'
import { alertBody } from './alert.ts'
import { run, wholeNumber } from './command.ts'
import { untilFinished } from './measure.ts'
import { memoryMb } from './process-usage.ts'
import { machine } from './report.ts'
import { startStandIns } from './stand-ins.ts'

/** As many at a time as senders behind a proxy that had been away may have. */
const connections = 512

const program = new Command('bench:burst')
  .description(
    'Post a burst of alerts as fast as they are taken, and see that what was accepted ends in a ticket with its answers, and in how much memory. Leaves nothing behind.',
  )
  .option('--alerts <n>', 'how many', wholeNumber(1, 1_000_000), 20_000)
  .addHelpText('after', '\nExample:\n  npm run bench:burst -- --alerts 2000')
  .action(bench)

async function bench({ alerts }: { alerts: number }): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-bench-burst-'))
  const standIns = await startStandIns()
  const adder = await startAdder({ folder, env: standIns.env })
  const watching = new AbortController()
  try {
    const most = peaks([adder.pid, adder.enginePid], watching.signal)
    const begunAt = performance.now()
    const answers = await post(adder, alerts)
    const postedMs = performance.now() - begunAt
    console.error(`… ${alerts} alerts are answered`)
    const accepted = answers.get('202') ?? 0
    await untilFinished({ finished: async () => (await standIns.finished()).finished }, accepted)
    const finishedMs = performance.now() - begunAt
    watching.abort()
    const [adderMb = 0, engineMb = 0] = await most
    const { tickets } = await standIns.finished()
    console.log(`\n${machine()}\n`)
    console.log(`answers                  ${[...answers].map(([status, count]) => `${count} × ${status}`).join(', ')}`)
    console.log(`answered within          ${(postedMs / 1000).toFixed(1)} s`)
    console.log(`tickets                  ${tickets} for ${accepted} accepted alerts, each with its answers`)
    console.log(`finished within          ${(finishedMs / 1000).toFixed(1)} s`)
    console.log(`most memory, MB          ${adderMb.toFixed(0)} Adder + ${engineMb.toFixed(0)} engine`)
    if (tickets !== accepted) process.exitCode = 1
  } finally {
    watching.abort()
    await adder.close()
    await standIns.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The statuses of the answers, and how often each came; a 503 without `Retry-After` is one of its own. */
async function post({ door }: Awaited<ReturnType<typeof startAdder>>, alerts: number): Promise<Map<string, number>> {
  const answers = new Map<string, number>()
  let sent = 0
  const client = async (): Promise<void> => {
    while (sent < alerts) {
      sent += 1
      const { sid, body } = alertBody()
      const answer = await door.pool.request({ method: 'POST', path: door.path, headers: door.headers(sid), body })
      await answer.body.dump()
      const isBare = answer.statusCode === 503 && answer.headers['retry-after'] === undefined
      const status = `${answer.statusCode}${isBare ? ' without Retry-After' : ''}`
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  return answers
}

/** The most that each process held in memory until the signal, in megabytes. */
async function peaks(pids: readonly number[], signal: AbortSignal): Promise<number[]> {
  let most = pids.map(() => 0)
  while (!signal.aborted) {
    most = pids.map((pid, index) => Math.max(most[index] ?? 0, memoryMb(pid)))
    await setTimeout(500, undefined, { signal }).catch(() => undefined)
  }
  return most
}

await run(program)
