import { type SelectQueryBuilder, sql } from 'kysely'

/** A place in a list: the list goes on with what comes after it. Stays valid whatever is added or deleted. */
export interface Cursor {
  /** Milliseconds since 1970. */
  at: number
  id: string
}

export interface PageOptions {
  /** How many items at most. */
  limit: number
  after?: Cursor | undefined
}

export interface Page<Item> {
  items: Item[]
  /** Missing on the last page. */
  next?: Cursor
}

/**
 * The query for a page of a list that is ordered by a time and an id, the newest first: one row more than fits on it, so
 * that `pageOf` knows whether there is another one.
 */
export function newestFirst<DB, Table extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Table, Row>,
  columns: { at: string; id: string },
  { limit, after }: PageOptions,
): SelectQueryBuilder<DB, Table, Row> {
  const [at, id] = [sql.ref(columns.at), sql.ref(columns.id)]
  const ordered = query
    .orderBy(at, 'desc')
    .orderBy(id, 'desc')
    .limit(limit + 1)
  return after === undefined ? ordered : ordered.where(sql<boolean>`(${at}, ${id}) < (${after.at}, ${after.id})`)
}

/** A page out of one row more than fits on it. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit, item, cursor }: { limit: number; item: (row: Row) => Item; cursor: (row: Row) => Cursor },
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items: shown.map(item), ...(hasMore ? { next: cursor(last) } : {}) }
}

/** Milliseconds since 1970 as ISO 8601. */
export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

/** An object without the properties that are null. */
export function present<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>
} {
  // What is left is what the type says.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as ReturnType<
    typeof present<T>
  >
}
