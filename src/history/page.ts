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
