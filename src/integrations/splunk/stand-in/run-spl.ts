import type { SearchedRow } from './indexed-row.ts'
import { apiRow } from './representations.ts'
import { refusal } from './rest-answers.ts'

type ApiRow = Record<string, string | string[]>

export interface Found {
  fields: string[]
  rows: ApiRow[]
}

interface Term {
  /** Left out: the value is looked for in the whole line. */
  field?: string
  value: string
}

const token = /\s*(?:(\|)|(?:([\w.]+)=)?(?:"((?:[^"\\]|\\.)*)"|([^\s"|[\]`=]+)))/suy

/**
 * As much of SPL as shows whether a value stays in its place: `search` with terms that all have to hold, then `table` and
 * `head`. Quotation marks, backslashes and `*` are read as Splunk's Search Manual says, any other command and subsearches
 * are refused, and letters may be small or capital.
 */
export function runSpl(text: string, indexed: readonly SearchedRow[]): Found {
  const [searching = [], ...piped] = commands(text)
  const [command, ...terms] = searching
  if (command?.value !== 'search' || command.field !== undefined) throw unknownCommand(command)
  const found = indexed.filter((row) => terms.every((term) => holds(row, term))).map(apiRow)
  return piped.reduce(apply, { fields: [...new Set(found.flatMap(Object.keys))].sort(), rows: found })
}

function apply({ fields, rows }: Found, [command, ...args]: readonly Term[]): Found {
  const names = args.map(({ value }) => value)
  if (command?.value === 'head') return { fields, rows: rows.slice(0, Number(names[0] ?? 10)) }
  if (command?.value !== 'table') throw unknownCommand(command)
  const picked = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name))))
  return { fields: names, rows: picked }
}

function commands(text: string): Term[][] {
  const read: Term[][] = [[]]
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text)
    if (match === null) throw refusal(400, "Error in 'SearchParser': Mismatched quotes and/or parenthesis.", 'FATAL')
    const [, pipe, field, quoted, bare = ''] = match
    if (field === undefined && ['AND', 'OR', 'NOT'].includes(bare)) throw refusal(400, `This stand-in has no ${bare}.`)
    if (pipe !== undefined) read.push([])
    else read.at(-1)?.push({ ...(field === undefined ? {} : { field }), value: unescaped(quoted) ?? bare })
  }
  return read
}

/** Other sequences stay as they are. */
function unescaped(quoted: string | undefined): string | undefined {
  return quoted?.replaceAll(/\\(["\\|])/g, '$1')
}

function holds(row: SearchedRow, { field, value }: Term): boolean {
  const pattern = value
    .split('*')
    .map((part) => part.replaceAll(/[.?+^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  if (field === undefined) return new RegExp(pattern, 'is').test(String(row._raw))
  const values = [row[field] ?? []].flat()
  return values.some((each) => new RegExp(`^${pattern}$`, 'is').test(each))
}

function unknownCommand(command: Term | undefined): Error {
  return refusal(400, `Unknown search command '${command?.value ?? ''}'.`, 'FATAL')
}
