import type { StoreFault } from './history-store.ts'

const corrupt = new Set([11, 26])
const passing = new Set([5, 6, 8, 10, 13, 14, 15])

/** What an error of SQLite means for the history (result codes: https://www.sqlite.org/rescode.html). */
export function sqliteFault(error: unknown): StoreFault {
  if (!(error instanceof Error)) return 'other'
  // Another one has found the file damaged meanwhile, and closed it.
  if ('code' in error && error.code === 'ERR_INVALID_STATE') return 'passing'
  const code = 'errcode' in error ? error.errcode : undefined
  if (typeof code !== 'number') return 'other'
  // The low byte of an extended code is the code that it extends.
  const primary = code & 0xff
  if (corrupt.has(primary)) return 'corrupt'
  return passing.has(primary) ? 'passing' : 'other'
}
