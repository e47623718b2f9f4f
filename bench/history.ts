import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { type Kysely, PostgresAdapter, sql } from 'kysely'
import { deleteExpired } from '../src/history/delete-expired.ts'
import { postgresStore } from '../src/history/postgres-store.ts'
import { sqliteStore } from '../src/history/sqlite-store.ts'
import type { Tables } from '../src/history/tables.ts'
import { writeBatch } from '../src/history/write-batch.ts'
import { secret } from '../src/secrets/secret.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../test/real/postgres.ts'
import { run, wholeNumber } from './command.ts'
import { questions } from './history-questions.ts'
import { alertsOf, batchOf, firstAt, rowsOf, stepMs } from './history-rows.ts'
import { machine } from './report.ts'
import { percentile } from './statistics.ts'

interface Measured {
  rows: number
  rowsPerSecond: number
  megabytes: number
  ms: Record<string, { p50: number; p95: number }>
  deleted: { alerts: number; ms: number }
}

const alertsAtOnce = 50
const aimMs = 50

const count = wholeNumber(1, 100_000_000)

const program = new Command('bench:history')
  .description(
    'Fill a history with the rows of many alerts, and measure what people ask of it: in SQLite, and in PostgreSQL where it is installed. Leaves nothing behind.',
  )
  .option('--rows <n>', 'rows of the history', count, 1_000_000)
  .option('--times <n>', 'how often each question is asked', count, 100)
  .option('--json', 'print the figures as one JSON object')
  .addHelpText('after', '\nExample:\n  npm run bench:history -- --rows 100000')
  .action(bench)

async function bench({ rows, times, json }: { rows: number; times: number; json?: boolean }): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-bench-history-'))
  let server: Postgres | undefined
  try {
    const file = path.join(folder, 'history.db')
    const sqlite = await sqliteStore(file).open()
    const size = async () => statSync(file).size
    const results: Record<string, Measured> = { SQLite: await measure(sqlite.db, { rows, times, size }) }
    await sqlite.db.destroy()
    if (postgresPrograms() === undefined) console.error('… no PostgreSQL: apt-get install postgresql')
    else {
      server = await startPostgres()
      process.env.ADDER_BENCH_HISTORY = server.url
      const { db } = await postgresStore(secret('ADDER_BENCH_HISTORY')).open()
      results.PostgreSQL = await measure(db, { rows, times, size: () => postgresBytes(db) })
      await db.destroy()
    }
    if (json) console.log(JSON.stringify({ date: new Date().toISOString(), machine: machine(), ...results }))
    else console.log(report(results))
  } finally {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function postgresBytes(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db)
  return rows[0]?.bytes ?? Number.NaN
}

/** What PostgreSQL does by itself within a minute. SQLite is as Adder leaves it. */
async function analyse(db: Kysely<Tables>): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) await sql`analyze`.execute(db)
}

interface MeasureOptions {
  rows: number
  times: number
  size(): Promise<number>
}

async function measure(db: Kysely<Tables>, { rows, times, size }: MeasureOptions): Promise<Measured> {
  const alerts = alertsOf(rows)
  console.error(`… writing ${alerts} alerts`)
  let written = 0
  let writing = 0
  for (let first = 0; first < alerts; first += alertsAtOnce) {
    const batch = batchOf(first, Math.min(alertsAtOnce, alerts - first))
    const begunAt = performance.now()
    await writeBatch(db, batch)
    writing += performance.now() - begunAt
    written += rowsOf(batch)
  }
  await analyse(db)
  const megabytes = (await size()) / 1e6
  console.error('… asking')
  const ms: Measured['ms'] = {}
  for (const [name, ask] of Object.entries(questions)) {
    const taken: number[] = []
    for (let time = 0; time < times; time += 1) {
      // Spread over the whole history, and never the same alert.
      const alert = Math.floor((((time + 1) * 0.618) % 1) * alerts)
      const begunAt = performance.now()
      await ask(db, alert)
      taken.push(performance.now() - begunAt)
    }
    ms[name] = { p50: percentile(taken, 0.5), p95: percentile(taken, 0.95) }
  }
  console.error('… deleting a tenth')
  const deleted = Math.floor(alerts / 10)
  const begunAt = performance.now()
  await deleteExpired(db, firstAt + deleted * stepMs)
  return {
    rows: written,
    rowsPerSecond: written / (writing / 1000),
    megabytes,
    ms,
    deleted: { alerts: deleted, ms: performance.now() - begunAt },
  }
}

function report(results: Record<string, Measured>): string {
  const names = Object.keys(results)
  const row = (title: string, cells: readonly string[]) =>
    `${title.padEnd(48)}${cells.map((cell) => cell.padStart(15)).join('')}`.trimEnd()
  const each = (show: (result: Measured) => string) => names.map((name) => show(results[name] as Measured)) // its own key
  const asked = Object.keys(questions).map((question) =>
    row(
      question,
      each(({ ms }) => {
        const { p50, p95 } = ms[question] ?? { p50: Number.NaN, p95: Number.NaN }
        return `${p50.toFixed(1)} / ${p95.toFixed(1)}${p95 < aimMs ? ' ' : '!'}`
      }),
    ),
  )
  return [
    `${machine()}; load ${loadavg()[0]?.toFixed(1)}`,
    '',
    row('', names),
    row(
      'rows',
      each(({ rows }) => String(rows)),
    ),
    row(
      'rows written per second',
      each(({ rowsPerSecond }) => rowsPerSecond.toFixed(0)),
    ),
    row(
      'megabytes',
      each(({ megabytes }) => megabytes.toFixed(0)),
    ),
    row(
      'ms for each alert that expires',
      each(({ deleted }) => (deleted.ms / deleted.alerts).toFixed(3)),
    ),
    '',
    row(`ms, p50 / p95 (! is over ${aimMs})`, []),
    ...asked,
  ].join('\n')
}

await run(program)
