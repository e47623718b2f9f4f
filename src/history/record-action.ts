import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { ActionKind, Tables } from './tables.ts'

/** What a person had done, on which run or delivery. */
export interface Action {
  caller: string
  action: ActionKind
  run?: string
  delivery?: string
}

/** Records what a person had done. */
export async function recordAction(db: Kysely<Tables>, { caller, action, run, delivery }: Action): Promise<void> {
  const row = { id: randomUUID(), at: Date.now(), caller, action, run_id: run ?? null, delivery_id: delivery ?? null }
  await db.insertInto('actions').values(row).execute()
}
