import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { kill } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { pino } from 'pino'
import { Spool, type SpooledDelivery } from '../src/intake/spool.ts'
import { startTalk } from '../test/support/talk.ts'
import { until } from '../test/support/until.ts'
import { alertBody } from './alert.ts'

/*
 * What a flush of the disk that is shared is worth, and whether deliveries go on while the engine is stopped for a
 * minute: `npm run bench:spool`, or with another number of seconds after `--`.
 */

const awayMs = Number(process.argv[2] ?? 60) * 1000
const perSecond = 50

await groupCommit()
await engineAway()

async function groupCommit(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-bench-'))
  const limits = { maxDeliveries: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }
  const spool = new Spool({ file: path.join(folder, 'spool.db'), log: pino({ level: 'silent' }), ...limits })
  spool.open()
  for (const together of [1, 8, 64]) {
    const begun = performance.now()
    let count = 0
    while (performance.now() - begun < 3000) {
      await Promise.all(Array.from({ length: together }, () => spool.put(delivery())))
      count += together
    }
    const rate = count / ((performance.now() - begun) / 1000)
    console.log(`${String(together).padStart(3)} at once: ${rate.toFixed(0)} deliveries a second`)
  }
  await spool.close()
  rmSync(folder, { recursive: true })
}

function delivery(): SpooledDelivery {
  const at = new Date().toISOString()
  const { body } = alertBody()
  const event = { kind: 'splunk.alert', id: randomUUID(), at, source: 'splunk', data: body }
  return { delivery: { id: randomUUID(), source: 'splunk', receivedAt: at }, events: [event] }
}

/** Sends at a steady rate, the engine stopped after two seconds and let go after `awayMs`. */
async function engineAway(): Promise<void> {
  const ends: (() => Promise<void>)[] = []
  const talk = await startTalk((cleanUp) => void ends.push(cleanUp), { hasWebhook: false })
  const waits: number[] = []
  const statuses = new Map<number, number>()
  const sent: Promise<void>[] = []
  const send = async (): Promise<void> => {
    const begun = performance.now()
    const answer = await talk.postAlert(
      talk.alert({ user: `user${sent.length}`, md5: '44d88612fea8a8f36de82e1278abb02f' }),
    )
    await answer.body?.cancel()
    waits.push(performance.now() - begun)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  }
  const timer = setInterval(() => sent.push(send()), 1000 / perSecond)
  await setTimeout(2000)
  kill(talk.adder.enginePid(), 'SIGSTOP')
  await setTimeout(awayMs)
  kill(talk.adder.enginePid(), 'SIGCONT')
  const backAt = performance.now()
  await setTimeout(2000)
  clearInterval(timer)
  await Promise.all(sent)
  await until('the spool is empty', () => talk.adder.log.some(({ msg }) => msg === 'the spool is handed over'), {
    withinMs: 300_000,
  })
  const emptyAfterMs = performance.now() - backAt
  await until('each has its ticket', () => talk.jira.issues().length >= sent.length, { withinMs: 600_000 })
  waits.sort((a, b) => a - b)
  const at = (share: number) => `${waits[Math.floor((waits.length - 1) * share)]?.toFixed(0)} ms`
  console.log(`the engine was away for ${awayMs / 1000} s at ${perSecond} deliveries a second`)
  console.log(
    `answers: ${JSON.stringify(Object.fromEntries(statuses))}, p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`,
  )
  console.log(`the spool was empty ${(emptyAfterMs / 1000).toFixed(1)} s after the engine was back`)
  console.log(`${sent.length} deliveries, ${talk.jira.issues().length} tickets`)
  for (const end of ends) await end()
}
