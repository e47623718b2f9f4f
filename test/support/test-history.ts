import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { History, type HistoryOptions } from '../../src/history/history.ts'
import { postgresStore } from '../../src/history/postgres-store.ts'
import type { RecordedDelivery, RecordedEvent, RunObservation } from '../../src/history/records.ts'
import { sqliteStore } from '../../src/history/sqlite-store.ts'
import { createTestDatabase, isOnPostgres } from './test-database.ts'

/** What a history under test has logged. */
export interface Logged {
  message: string
  fields: Record<string, unknown>
}

/** An open history of its own, a file or a database, closed and removed when the test ends. */
export async function openTestHistory(test: TestContext, options: Partial<HistoryOptions> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-history-'))
  const logged: Logged[] = []
  const log = (fields: Record<string, unknown>, message: string): void => void logged.push({ fields, message })
  const file = path.join(folder, 'history.db')
  const cleanUps: (() => Promise<void>)[] = []
  const store = isOnPostgres
    ? postgresStore(await createTestDatabase((cleanUp) => cleanUps.push(cleanUp)))
    : sqliteStore(file)
  const history = new History({
    store,
    retentionDays: 30,
    log: { info: log, warn: log, error: log } as HistoryOptions['log'], // the history calls them in this way only
    ...options,
  })
  test.after(async () => {
    await history.close()
    for (const cleanUp of cleanUps) await cleanUp()
    rmSync(folder, { recursive: true })
  })
  await history.open()
  return { history, logged, folder, file, store }
}

/** A UUID that is the same for the same number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

export function delivery(number: number, more: Partial<RecordedDelivery> = {}): RecordedDelivery {
  const receivedAt = new Date(Date.UTC(2026, 10, 24) + number * 1000).toISOString()
  return { id: uuid(number), source: 'splunk', receivedAt, state: 'accepted', events: [], ms: 1, ...more }
}

export function event(id: string, more: Partial<RecordedEvent> = {}): RecordedEvent {
  const at = '2026-11-24T08:00:00.000Z'
  return { id, kind: 'splunk.alert', source: 'splunk', at, observables: [], verdicts: [], ...more }
}

/** An observation in a run of the automation `mock-scan`. */
export function inRun(
  run: string,
  observation: RunObservation,
  more: { event?: string; generation?: number } = {},
): RunObservation {
  return { automation: 'mock-scan', event: 'e1', generation: 0, run, ...observation, ...more } as RunObservation // still of its kind
}
