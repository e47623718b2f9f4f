import type { Kysely } from 'kysely'
import type { HistoryLog } from './history-log.ts'
import type { HistoryStore } from './history-store.ts'
import type { Tables } from './tables.ts'

export interface OpenedStoreOptions {
  store: HistoryStore
  log: HistoryLog
  /** Told when a damaged history was replaced by an empty one. */
  onReplaced(): void
}

/** A store that is opened when it is first needed, again where that failed, and anew where it is damaged. */
export class OpenedStore {
  readonly #options: OpenedStoreOptions
  #db: Kysely<Tables> | undefined
  #opening: Promise<Kysely<Tables>> | undefined

  constructor(options: OpenedStoreOptions) {
    this.#options = options
  }

  /**
   * The database, opened where it is not.
   *
   * @throws what the store's `open` throws.
   */
  async database(options?: { isDamaged: boolean }): Promise<Kysely<Tables>> {
    if (this.#db !== undefined) return this.#db
    this.#opening ??= this.#open(options).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /** Moves a damaged database aside and begins a new one; where that fails, the log says so. */
  async replace(damaged: Kysely<Tables> | undefined): Promise<void> {
    // Several may have met with the damage; the first of them replaces it.
    if (this.#db !== damaged) return
    this.#db = undefined
    // Closing a damaged file may fail, too, and there is nothing more to do with it.
    await damaged?.destroy().catch(() => undefined)
    try {
      await this.database({ isDamaged: true })
      this.#options.onReplaced()
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'a new history could not be begun')
    }
  }

  /** Lets the last work be done with the database, if it is open, and closes it. */
  async close(last: (db: Kysely<Tables>) => Promise<void>): Promise<void> {
    const db = this.#db
    this.#db = undefined
    if (db === undefined) return
    await last(db)
    await db.destroy()
  }

  async #open(options?: { isDamaged: boolean }): Promise<Kysely<Tables>> {
    const { store, log } = this.#options
    const { db, movedTo } = await store.open(options)
    if (movedTo !== undefined) {
      log.error(
        { history: store.name, movedTo },
        'the history was damaged: it was moved aside, and a new one is filled in from the engine',
      )
    }
    this.#db = db
    return db
  }
}
