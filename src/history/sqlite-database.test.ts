import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { sqliteDatabase } from './sqlite-database.ts'
import { sqliteFault } from './sqlite-fault.ts'

test('a transaction that SQLite has rolled back by itself fails with what made it do so', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-sqlite-'))
  const file = new DatabaseSync(path.join(folder, 'small.db'))
  const db = new Kysely<{ texts: { text: string } }>({ dialect: new SqliteDialect({ database: sqliteDatabase(file) }) })
  t.after(async () => {
    await db.destroy()
    rmSync(folder, { recursive: true })
  })
  // As on a disk that is full: no room for a fourth page, and none in the memory to wait in.
  file.exec('CREATE TABLE texts (text); PRAGMA cache_size = 1; PRAGMA max_page_count = 3')

  const insertion = db.transaction().execute(async (transaction) => {
    for (;;)
      await transaction
        .insertInto('texts')
        .values({ text: 'x'.repeat(1000) })
        .execute()
  })

  await assert.rejects(insertion, (error) => {
    assert.match(String(error), /database or disk is full/)
    return sqliteFault(error) === 'passing'
  })
})
