/**
 * What an error of SQLite means for the history (result codes: https://www.sqlite.org/rescode.html):
 * - `corrupt`: the file is no database, or a damaged one;
 * - `passing`: the disk is full, can't be written or does not answer; it may be well again later;
 * - `other`: the statement itself is at fault.
 */
export type SqliteFault = 'corrupt' | 'passing' | 'other'

const corrupt = new Set([11, 26])
const passing = new Set([5, 6, 8, 10, 13, 14, 15])

export function sqliteFault(error: unknown): SqliteFault {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  if (typeof code !== 'number') return 'other'
  // The low byte of an extended code is the code that it extends.
  const primary = code & 0xff
  if (corrupt.has(primary)) return 'corrupt'
  return passing.has(primary) ? 'passing' : 'other'
}
