import { isUtf8 } from 'node:buffer'
import { locateJsonFault } from './locate-json-fault.ts'
import { problem } from './problem-types.ts'

/** The deepest nesting of arrays and objects that is read. */
export const maxDepth = 64

/**
 * The value of a JSON body. Where a key comes twice in an object, the last one counts.
 *
 * Throws a 400 problem, none of which quotes the body: `endpoint.invalid_utf8`; `endpoint.too_deep` for more than 64
 * levels, counted on the bytes before anything is parsed; `endpoint.malformed_json` with line and column;
 * `endpoint.refused_key` for `__proto__` and for `constructor` with a `prototype`, which could change what all
 * objects inherit once they are copied carelessly.
 */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw problem('endpoint.invalid_utf8', 'The body holds bytes that are not UTF-8.')
  if (isTooDeep(body)) {
    throw problem('endpoint.too_deep', `The body has more than ${maxDepth} levels of arrays and objects.`)
  }
  const text = withoutByteOrderMark(body.toString('utf8'))
  const value = parse(text)
  if (mayHaveRefusedKey.test(text) && hasRefusedKey(value)) {
    throw problem('endpoint.refused_key', 'The keys "__proto__" and "constructor" with a "prototype" are refused.')
  }
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // JSON.parse's own message quotes the body.
    const fault = locateJsonFault(text)
    if (fault === undefined) throw problem('endpoint.malformed_json', 'The body is not JSON.')
    const { line, column, expected } = fault
    throw problem(
      'endpoint.malformed_json',
      `The body is not JSON: expected ${expected} at line ${line}, column ${column}.`,
      { members: { line, column } },
    )
  }
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

const quote = 0x22
const backslash = 0x5c
// Square and curly brackets differ in one bit.
const bracketBit = 0x20
const opening = 0x7b
const closing = 0x7d

function isTooDeep(body: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0
    if (byte === quote) at = endOfString(body, at)
    else if ((byte | bracketBit) === opening) depth += 1
    else if ((byte | bracketBit) === closing) depth -= 1
    if (depth > maxDepth) return true
  }
  return false
}

function endOfString(body: Buffer, open: number): number {
  let at = open + 1
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1
  return at
}

/** A quick test that leaves most bodies alone; a backslash may hide the letters of a key. */
const mayHaveRefusedKey = /__proto__|"constructor"|\\u/

/** Recursion is safe: the depth was checked. */
function hasRefusedKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Object.hasOwn(value, '__proto__')) return true
  return Object.entries(value).some(
    ([key, child]) =>
      (key === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype')) ||
      hasRefusedKey(child),
  )
}
