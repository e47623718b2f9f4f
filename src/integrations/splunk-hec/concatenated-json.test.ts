import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Problem } from '../../endpoints/problem.ts'
import { parseConcatenatedJson } from './concatenated-json.ts'

const parse = (text: string | Buffer) => parseConcatenatedJson(Buffer.from(text))

describe('a body of JSON objects', () => {
  const good: [string, string | Buffer, unknown[]][] = [
    ['one', '{"a":1}', [{ a: 1 }]],
    ['one after the other', '{"a":1}{"b":{"c":[2]}}', [{ a: 1 }, { b: { c: [2] } }]],
    ['with white space between and around them', ' {"a":1}\r\n\t{"b":2} \n', [{ a: 1 }, { b: 2 }]],
    [
      'with brackets, quotes and backslashes in texts',
      String.raw`{"a":"}{\"\\"}{"b":"\\\"{"}`,
      [{ a: '}{"\\' }, { b: '\\"{' }],
    ],
    ['in a list', '[{"a":1},{"b":2}]', [{ a: 1 }, { b: 2 }]],
    ['compressed with gzip', gzipSync('{"a":1}{"b":2}'), [{ a: 1 }, { b: 2 }]],
    ['none', ' \n', []],
  ]
  for (const [what, body, objects] of good)
    test(`is read: ${what}`, () => {
      assert.deepEqual(parse(body), objects)
    })

  const bad: [string, string | Buffer, RegExp][] = [
    ['cut off', '{"a":1}{"b":', /JSON objects/],
    ['cut off in a text', '{"a":"}', /JSON objects/],
    ['parted by commas', '{"a":1},{"b":2}', /JSON objects/],
    ['no objects', '1 2', /JSON objects/],
    ['closed too often', '{"a":1}}', /JSON objects/],
    ['with a fault inside', '{"a":1}{"b":nil}', /not JSON/],
    ['with a key that is refused', '{"__proto__":{}}', /__proto__/],
    ['nested too deeply', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, /levels/],
    ['compressed, and cut off', gzipSync('{"a":1}').subarray(0, -4), /gzip/],
    ['compressed to a thousandth of what it is', gzipSync(Buffer.alloc(16 * 1024 * 1024, ' ')), /gzip/],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /UTF-8/],
  ]
  for (const [what, body, why] of bad)
    test(`is refused: ${what}`, () => {
      assert.throws(
        () => parse(body),
        (error) => error instanceof Problem && error.status === 400 && why.test(error.message),
      )
    })

  test('is read in time in proportion to its length', () => {
    const many = '{"a":1}'.repeat(200_000)

    assert.equal((parse(many) as unknown[]).length, 200_000)
  })
})
