import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { HistoryTooNew } from './history-errors.ts'
import { migrations } from './migrations.ts'
import type { Tables } from './tables.ts'

/**
 * Brings a history to the present schema. Several processes may do so at once: the database's own lock lets one of them.
 *
 * @throws HistoryTooNew where a newer Adder has been here.
 */
export async function migrate(db: Kysely<Tables>, name: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  await refuseNewer(db, name)
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

async function refuseNewer(db: Kysely<Tables>, name: string): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return
  const done = await db
    .withTables<{ kysely_migration: { name: string } }>()
    .selectFrom('kysely_migration')
    .select('name')
    .execute()
  if (done.some((migration) => !Object.hasOwn(migrations, migration.name))) throw new HistoryTooNew(name)
}
