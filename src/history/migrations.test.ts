import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import { openDatabase } from './open-database.ts'
import { showRun } from './show-run.ts'
import { sqliteDatabase } from './sqlite-database.ts'

test('a history of the first schema is opened, and its effects have the words of today', async (t) => {
  const file = await historyUpTo('0001', t, [
    `insert into runs (id, automation, event_id, generation, state, started_at, changed_at)
     values ('inv_1', 'mock-scan', 'e1', 0, 'running', 1, 1)`,
    ...['trying', 'found again', 'made'].map(
      (state, at) =>
        `insert into effects (run_id, marker, name, state, attempts, first_at, changed_at)
         values ('inv_1', 'adder-${at}', 'jira.open', '${state}', 1, ${at}, ${at})`,
    ),
  ])

  const { db, movedTo } = await openDatabase(file)

  t.after(() => db.destroy())
  const run = await showRun(db, 'inv_1')
  assert.equal(movedTo, undefined)
  assert.deepEqual(
    run?.effects.map(({ state }) => state),
    ['intended', 'found', 'made'],
  )
})

/** A history as an earlier Adder has left it. */
async function historyUpTo(migration: string, t: TestContext, statements: readonly string[]): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-history-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'history.db')
  const database = new DatabaseSync(file)
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqliteDatabase(database) }) })
  await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateTo(migration)
  for (const statement of statements) database.exec(statement)
  await db.destroy()
  return file
}
