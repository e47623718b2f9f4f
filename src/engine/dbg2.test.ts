import path from 'node:path'
import { kill } from 'node:process'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { randomPrograms } from '../../test/engine/random-program.ts'
import { dataFolder, startChild } from '../../test/engine/start-child.ts'
import { readLog } from '../../test/engine/step-log.ts'

test('x', async (t) => {
  const folder = dataFolder(t)
  const logFile = path.join(folder, 'steps.log')
  const programs = randomPrograms({ seed: 3, count: 60 })
  const start = () =>
    startChild(folder, new URL('../../test/engine/random-programs.ts', import.meta.url).href, {
      inactivityTimeoutMs: 60,
      policy: { lookupPatienceMs: 3000, timeoutMs: 20000 },
      extra: logFile,
    })
  let child = await start()
  t.after(() => child.close())
  const what = process.env.WHAT ?? 'engine'
  await Promise.all(
    programs.map((program, run) =>
      child.accept({
        id: run.toString(16).padStart(64, '0'),
        at: new Date().toISOString(),
        kind: 'random',
        data: { run, program },
      }),
    ),
  )
  const n = () => readLog(logFile).filter((l) => l.kind === 'finished').length
  while (n() < 10) await setTimeout(20)
  const t0 = Date.now()
  for (const w of what.split(',')) {
    if (w === 'engine') kill(child.enginePid, 'SIGKILL')
    else if (w === 'process') {
      await child.kill()
      child = await start()
    }
    await setTimeout(300)
  }
  const last = 0
  while (n() < 60) {
    await setTimeout(3000)
    try {
      const rows = await child.query<Record<string, unknown>>(
        `SELECT id, status, retry_count, next_retry_at, last_failure, last_start_at, modified_at FROM sys_invocation WHERE status <> 'completed'`,
      )
      console.error(Date.now() - t0, n(), rows.length, JSON.stringify(rows.slice(0, 2)), child.engineEvents.length)
    } catch (e) {
      console.error(Date.now() - t0, String(e).slice(0, 200))
    }
    if (Date.now() - t0 > 20000) break
  }
})
