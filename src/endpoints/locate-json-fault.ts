export interface JsonFault {
  /** Counted from 1. */
  line: number
  /** Counted from 1, in UTF-16 code units. */
  column: number
  /** What JSON has there: `"," or "}"`. */
  expected: string
}

class Unexpected {
  readonly at: number
  readonly expected: string

  constructor(at: number, expected: string) {
    this.at = at
    this.expected = expected
  }
}

/**
 * The first place where a text stops being JSON (RFC 8259), or undefined where it is JSON. `JSON.parse` tells the
 * place only for some faults, and its messages quote the text. Recurses as deep as the text is nested, so check that
 * first.
 */
export function locateJsonFault(text: string): JsonFault | undefined {
  try {
    const end = skipSpace(text, value(text, skipSpace(text, 0)))
    if (end < text.length) throw new Unexpected(end, 'the end of the body')
    return undefined
  } catch (fault) {
    if (fault instanceof Unexpected) return { ...position(text, fault.at), expected: fault.expected }
    throw fault
  }
}

function position(text: string, at: number): { line: number; column: number } {
  let line = 1
  let lineStart = 0
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) {
    line += 1
    lineStart = next + 1
  }
  return { line, column: at - lineStart + 1 }
}

/** Each of these takes the offset at which its thing begins and gives the offset behind it. */
function value(text: string, at: number): number {
  switch (text[at]) {
    case '{':
      return members(text, at, { close: '}', member: property })
    case '[':
      return members(text, at, { close: ']', member: value })
    case '"':
      return string(text, at)
    case 't':
      return word(text, at, 'true')
    case 'f':
      return word(text, at, 'false')
    case 'n':
      return word(text, at, 'null')
    default:
      return number(text, at)
  }
}

interface Members {
  close: string
  member: (text: string, at: number) => number
}

function members(text: string, open: number, { close, member }: Members): number {
  let at = skipSpace(text, open + 1)
  if (text[at] === close) return at + 1
  for (;;) {
    at = skipSpace(text, member(text, at))
    if (text[at] === close) return at + 1
    if (text[at] !== ',') throw new Unexpected(at, `"," or "${close}"`)
    at = skipSpace(text, at + 1)
  }
}

function property(text: string, at: number): number {
  if (text[at] !== '"') throw new Unexpected(at, 'a key in double quotes')
  const colon = skipSpace(text, string(text, at))
  if (text[colon] !== ':') throw new Unexpected(colon, '":"')
  return value(text, skipSpace(text, colon + 1))
}

function string(text: string, open: number): number {
  let at = open + 1
  for (;;) {
    at = endOf(plainText, text, at) ?? at
    const character = text[at]
    if (character === '"') return at + 1
    if (character === undefined) throw new Unexpected(at, 'the closing quote of a string')
    if (character !== '\\') throw new Unexpected(at, 'an escape such as \\n in place of a control character')
    const escaped = endOf(escapeSequence, text, at)
    if (escaped === undefined) throw new Unexpected(at, 'an escape that JSON has')
    at = escaped
  }
}

function word(text: string, at: number, expected: string): number {
  if (!text.startsWith(expected, at)) throw new Unexpected(at, expected)
  return at + expected.length
}

function number(text: string, at: number): number {
  const end = endOf(numberLiteral, text, at)
  if (end === undefined) throw new Unexpected(at, 'a value')
  return end
}

function skipSpace(text: string, at: number): number {
  return endOf(space, text, at) ?? at
}

const space = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings must not hold control characters
const plainText = /[^"\\\u0000-\u001f]*/y
const escapeSequence = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const numberLiteral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
