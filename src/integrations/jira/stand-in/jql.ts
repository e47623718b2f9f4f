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
 * (`>=`, `<=`, `>`, `<` with a date), and `ORDER BY created ASC|DESC`. Throws `JqlError` for everything else.
 */
export function parseJql(jql: string): { test: Test; isDescending: boolean } {
  const reader = readerOf(tokens(jql))
  const tests: Test[] = []
  while (!reader.isAtEnd() && !reader.sees('order')) {
    tests.push(condition(reader))
    if (!reader.isAtEnd() && !reader.sees('order')) reader.expect('and')
  }
  const isDescending = order(reader)
  return { test: (issue) => tests.every((test) => test(issue)), isDescending }
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

function condition(reader: Reader): Test {
  const field = unquote(reader.next()).toLowerCase()
  const operator = reader.next().toLowerCase()
  if (field === 'created') return createdCondition(operator, unquote(reader.next()))
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

function createdCondition(operator: string, text: string): Test {
  const time = /^\d{4}-\d\d-\d\d( \d\d:\d\d)?$/.test(text)
    ? Date.parse(`${text.replace(' ', 'T')}${text.length > 10 ? 'Z' : ''}`)
    : NaN
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
