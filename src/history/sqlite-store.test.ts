import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test } from 'node:test'
import { CompiledQuery } from 'kysely'
import { isOnPostgres } from '../../test/support/test-database.ts'
import { delivery, openTestHistory, uuid } from '../../test/support/test-history.ts'
import { HistoryTooNew } from './history-errors.ts'
import { listDeliveries } from './list-deliveries.ts'
import { openDatabase } from './open-database.ts'

describe('the file of a history', { skip: isOnPostgres }, () => {
  test('can be read by its owner only', async (t) => {
    const { folder } = await openTestHistory(t)

    const modes = readdirSync(folder).map((name) => [name, statSync(path.join(folder, name)).mode & 0o777])

    assert.deepEqual(Object.fromEntries(modes), {
      'history.db': 0o600,
      'history.db-shm': 0o600,
      'history.db-wal': 0o600,
    })
  })

  test('that is no database is moved aside, and a new one begun', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'adder-history-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = path.join(folder, 'history.db')
    writeFileSync(file, 'this is not a database, and never was one'.repeat(100))

    const { db, movedTo } = await openDatabase(file)

    t.after(() => db.destroy())
    assert.match(movedTo ?? '', /history\.db\.damaged-2/)
    assert.deepEqual(await listDeliveries(db, { limit: 1 }), { items: [] })
  })

  test('that is damaged while it is in use is replaced, and what was told since is in the new one', async (t) => {
    const gaps: number[] = []
    const { history, file, logged } = await openTestHistory(t, { onGap: ({ since }) => gaps.push(since) })
    for (let number = 0; number < 2000; number += 1) history.delivery(delivery(number))
    await history.ask(async (db) => db.executeQuery(CompiledQuery.raw('PRAGMA wal_checkpoint(TRUNCATE)')))
    // The first page stays, so that it still looks like a database.
    const bytes = Buffer.alloc(statSync(file).size - 4096, 0xff)
    writeAt(file, bytes, 4096)
    await history.ask(async (db) => db.executeQuery(CompiledQuery.raw('PRAGMA shrink_memory')))
    history.delivery(delivery(5000))

    await until(async () => {
      const page = await history.ask((db) => listDeliveries(db, { limit: 5 })).catch(() => undefined)
      return page?.items[0]?.id === uuid(5000)
    })

    assert.deepEqual(gaps, [0])
    assert.ok(logged.some(({ message }) => message.includes('moved aside')))
  })

  test('that can not grow holds what is told until it can', async (t) => {
    const { history, logged } = await openTestHistory(t)
    const limitPages = (pages: number) =>
      history.ask((db) => db.executeQuery(CompiledQuery.raw(`PRAGMA max_page_count = ${pages}`)))
    await limitPages(1)
    for (let number = 0; number < 1000; number += 1) history.delivery(delivery(number))
    const during = await history.ask((db) => listDeliveries(db, { limit: 1 }))

    await limitPages(1_000_000)

    const after = await history.ask((db) => listDeliveries(db, { limit: 1 }))
    assert.deepEqual([during.items.length, after.items[0]?.id], [0, uuid(999)])
    assert.deepEqual(
      logged.map(({ message }) => message),
      ['the history can not be written, and waits', 'the history is written again'],
    )
  })

  test('of a newer Adder is left as it is', async (t) => {
    const { history, file } = await openTestHistory(t)
    await history.ask((db) =>
      db.executeQuery(CompiledQuery.raw("INSERT INTO kysely_migration VALUES ('9999', '2030')")),
    )
    await history.close()

    await assert.rejects(openDatabase(file), HistoryTooNew)

    assert.ok(statSync(file).size > 0)
  })

  test('keeps what was told when it is opened again', async (t) => {
    const { history, file } = await openTestHistory(t)
    history.delivery(delivery(1))
    await history.close()

    const { db } = await openDatabase(file)

    t.after(() => db.destroy())
    assert.equal((await listDeliveries(db, { limit: 5 })).items.length, 1)
  })
})

function writeAt(file: string, bytes: Buffer, position: number): void {
  const opened = openSync(file, 'r+')
  writeSync(opened, bytes, 0, bytes.length, position)
  closeSync(opened)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
