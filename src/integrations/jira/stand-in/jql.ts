/** What the search looks at. */
export interface Searchable {
  project: string
  labels: readonly string[]
  type: string
  status: string
  created: number
}

/** Jira's 400 for a query that it does not understand. */
export class JqlError extends Error {}

type Test = (issue: Searchable) => boolean

const token = /\s*(?:("(?:[^"\\]|\\["\\])*")|(>=|<=|!=|=|>|<|\(|\)|,)|([\w.-]+))/y

/**
 * Understands `AND`-joined conditions on `project`, `labels`, `issuetype`, `status` (`=`, `!=`, `IN (…)`) and `created`
 * (`>=`, `<=`, `>`, `<` with a date or with a time before now, such as `-90m`), some of them in parentheses, and
 * `ORDER BY created ASC|DESC`. Throws `JqlError` for everything else.
 */
export function parseJql(jql: string, now = Date.now()): { test: Test; isDescending: boolean } {
  const reader = readerOf(tokens(jql))
  const test = reader.isAtEnd() || reader.sees('order') ? () => true : conditions(reader, now)
  return { test, isDescending: order(reader) }
}

function conditions(reader: Reader, now: number): Test {
  const tests = [group(reader, now)]
  while (reader.sees('and')) {
    reader.expect('and')
    tests.push(group(reader, now))
  }
  return (issue) => tests.every((test) => test(issue))
}

function group(reader: Reader, now: number): Test {
  if (!reader.sees('(')) return condition(reader, now)
  reader.expect('(')
  const test = conditions(reader, now)
  reader.expect(')')
  return test
}

interface Reader {
  isAtEnd(): boolean
  sees(word: string): boolean
  next(): string
  expect(word: string): void
}

function readerOf(words: readonly string[]): Reader {
  let at = 0
  const sees = (word: string) => words[at]?.toLowerCase() === word
  return {
    isAtEnd: () => at >= words.length,
    sees,
    next() {
      const word = words[at++]
      if (word === undefined) throw new JqlError('Error in the JQL Query: it ends too early.')
      return word
    },
    expect(word) {
      if (!sees(word))
        throw new JqlError(`Error in the JQL Query: Expecting '${word}' but got '${words[at] ?? 'EOF'}'.`)
      at++
    },
  }
}

function tokens(jql: string): string[] {
  const found: string[] = []
  token.lastIndex = 0
  const trimmed = jql.trimEnd()
  while (token.lastIndex < trimmed.length) {
    const at = token.lastIndex
    const match = token.exec(trimmed)
    if (match === null) throw new JqlError(`Error in the JQL Query: The character at ${at} is not understood.`)
    found.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return found
}

function condition(reader: Reader, now: number): Test {
  const field = unquote(reader.next()).toLowerCase()
  const operator = reader.next().toLowerCase()
  if (field === 'created') return createdCondition(operator, unquote(reader.next()), now)
  const values = valuesOf(field)
  if (operator === 'in') {
    const wanted = list(reader)
    return (issue) => wanted.some((value) => values(issue).includes(value))
  }
  const value = unquote(reader.next()).toLowerCase()
  if (operator === '=') return (issue) => values(issue).includes(value)
  if (operator === '!=') return (issue) => !values(issue).includes(value)
  throw new JqlError(`The operator '${operator}' is not supported by the '${field}' field.`)
}

function valuesOf(field: string): (issue: Searchable) => string[] {
  const read: Record<string, (issue: Searchable) => readonly string[]> = {
    project: ({ project }) => [project],
    labels: ({ labels }) => labels,
    issuetype: ({ type }) => [type],
    type: ({ type }) => [type],
    status: ({ status }) => [status],
  }
  const values = Object.hasOwn(read, field) ? read[field] : undefined
  if (values === undefined)
    throw new JqlError(`Field '${field}' does not exist or you do not have permission to view it.`)
  return (issue) => values(issue).map((value) => value.toLowerCase())
}

function list(reader: Reader): string[] {
  reader.expect('(')
  const values = [unquote(reader.next()).toLowerCase()]
  while (reader.sees(',')) {
    reader.expect(',')
    values.push(unquote(reader.next()).toLowerCase())
  }
  reader.expect(')')
  return values
}

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function timeOf(text: string, now: number): number {
  const [, count, unit = ''] = /^-(\d+)([mhdw])$/.exec(text) ?? []
  // Jira counts from the minute's beginning.
  if (count !== undefined) return Math.floor(now / 60_000) * 60_000 - Number(count) * (unitsMs[unit] ?? 0)
  if (!/^\d{4}-\d\d-\d\d( \d\d:\d\d)?$/.test(text)) return NaN
  return Date.parse(`${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`)
}

function createdCondition(operator: string, text: string, now: number): Test {
  const time = timeOf(text, now)
  if (Number.isNaN(time))
    throw new JqlError(
      `Date value '${text}' for field 'created' is invalid. Valid formats include: 'YYYY-MM-DD HH:mm', 'YYYY-MM-DD'.`,
    )
  switch (operator) {
    case '>=':
      return ({ created }) => created >= time
    case '<=':
      return ({ created }) => created <= time
    case '>':
      return ({ created }) => created > time
    case '<':
      return ({ created }) => created < time
    default:
      throw new JqlError(`The operator '${operator}' is not supported by the 'created' field.`)
  }
}

/** Jira sorts by the newest first where nothing is said. */
function order(reader: Reader): boolean {
  if (reader.isAtEnd()) return true
  reader.expect('order')
  reader.expect('by')
  reader.expect('created')
  if (reader.isAtEnd()) return true
  const direction = reader.next().toLowerCase()
  if (!reader.isAtEnd() || (direction !== 'asc' && direction !== 'desc'))
    throw new JqlError(`Error in the JQL Query: '${direction}' is not understood after ORDER BY created.`)
  return direction === 'desc'
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : word
}
