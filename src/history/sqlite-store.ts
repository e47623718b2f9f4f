import type { HistoryStore } from './history-store.ts'
import { openDatabase } from './open-database.ts'
import { sqliteFault } from './sqlite-fault.ts'

/** A history in a file, which is made with mode 0600. Its folder must belong to this process alone. */
export function sqliteStore(file: string): HistoryStore {
  return { name: file, open: (options) => openDatabase(file, options), fault: sqliteFault, explain: String }
}
