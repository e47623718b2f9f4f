import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { locateJsonFault } from './locate-json-fault.ts'
import { parseJson } from './parse-json.ts'
import { Problem } from './problem.ts'

function refusal(body: string | Buffer): Problem {
  try {
    parseJson(Buffer.from(body))
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was parsed')
}

const faults: [body: string, line: number, column: number, expected: string][] = [
  ['{"a": 1,\n "b": }', 2, 7, 'a value'],
  ['{"a" 1}', 1, 6, '":"'],
  ['{"a": 1 "b": 2}', 1, 9, '"," or "}"'],
  ['[1 2]', 1, 4, '"," or "]"'],
  ['[1,]', 1, 4, 'a value'],
  ['{,}', 1, 2, 'a key in double quotes'],
  ['{"a": NaN}', 1, 7, 'a value'],
  ['"abc', 1, 5, 'the closing quote of a string'],
  ['"a\tb"', 1, 3, 'an escape such as \\n in place of a control character'],
  ['"\\x"', 1, 2, 'an escape that JSON has'],
  ['tru', 1, 1, 'true'],
  ['01', 1, 2, 'the end of the body'],
  ['{} {}', 1, 4, 'the end of the body'],
]

for (const [body, line, column, expected] of faults) {
  test(`tells where ${JSON.stringify(body)} stops being JSON`, () => {
    const { code, status, message, members } = refusal(body)

    assert.deepEqual({ code, status, ...members }, { code: 'endpoint.malformed_json', status: 400, line, column })
    assert.equal(message, `The body is not JSON: expected ${expected} at line ${line}, column ${column}.`)
  })
}

test('finds a fault exactly where JSON.parse does', () => {
  const almostJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '\\', '0', 'e', ' ', '\n'))
    .map(
      ([text, at, extra]) => text.slice(0, at % (text.length + 1)) + extra + text.slice((at % (text.length + 1)) + 1),
    )

  fc.assert(
    fc.property(fc.oneof(almostJson, fc.json(), fc.string()), (text) => {
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }

      assert.equal(locateJsonFault(text) === undefined, isJson)
    }),
    { numRuns: 1000 },
  )
})

test('reads what JSON.parse reads, with or without a byte order mark', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.boolean(), (text, hasMark) => {
      fc.pre(!text.includes('__proto__'))

      assert.deepEqual(parseJson(Buffer.from((hasMark ? '\ufeff' : '') + text)), JSON.parse(text))
    }),
  )
})

test('quotes nothing of the body', () => {
  const { message, members } = refusal('{"password": hunter2}')

  assert.doesNotMatch(JSON.stringify({ message, members }), /password|hunter2/)
})

test('reads 64 levels and refuses 65, counting brackets but not those inside strings', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const inString = JSON.stringify({ text: `\\"${'['.repeat(100)}` })

  assert.ok(parseJson(Buffer.from(nested(64))))
  assert.ok(parseJson(Buffer.from(inString)))
  assert.equal(refusal(nested(65)).code, 'endpoint.too_deep')
  assert.equal(refusal('{"a":'.repeat(100_000)).code, 'endpoint.too_deep')
})

test('refuses bytes that are not UTF-8', () => {
  assert.equal(refusal(Buffer.from([0x22, 0xff, 0x22])).code, 'endpoint.invalid_utf8')
})

test('refuses keys that reach for the prototype, however they are spelled', () => {
  const bodies = [
    '{"__proto__": {"isAdmin": true}}',
    '[{"a": {"__proto__": 1}}]',
    '{"\\u005f\\u005fproto__": 1}',
    '{"constructor": {"prototype": {}}}',
  ]

  assert.deepEqual(new Set(bodies.map((body) => refusal(body).code)), new Set(['endpoint.refused_key']))
  assert.deepEqual(parseJson(Buffer.from('{"text": "__proto__", "constructor": "Foster"}')), {
    text: '__proto__',
    constructor: 'Foster',
  })
})

test('takes the last of two values for one key', () => {
  assert.deepEqual(parseJson(Buffer.from('{"a": 1, "a": 2}')), { a: 2 })
})
