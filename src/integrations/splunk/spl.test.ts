import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fieldFaults } from '../../connectors/field-faults.ts'
import { type Spl, SplQuery, spl } from './spl.ts'

const text = (query: unknown) => SplQuery.parse(query)

function faults(query: unknown): string {
  const parsed = SplQuery.safeParse(query)
  return parsed.success ? `sent: ${parsed.data}` : fieldFaults(parsed.error, 'query')
}

describe('a search in SPL', () => {
  test('has each text in quotation marks, and numbers as they are', () => {
    const query = spl`index=main user=${'mlisa'} bytes>${1024} | head ${5}`

    assert.equal(text(query), 'search index=main user="mlisa" bytes>1024 | head 5')
  })

  const kept: [string, string, string][] = [
    ['a quotation mark', 'a" OR index=* | delete', String.raw`"a\" OR index=* | delete"`],
    ['a backslash at its end', 'C:\\', String.raw`"C:\\"`],
    ['a backslash before a quotation mark', '\\" OR x="', String.raw`"\\\" OR x=\""`],
    ['a subsearch', '[ search index=secret ]', '"[ search index=secret ]"'],
    ['a macro', '`drop_everything`', '"`drop_everything`"'],
    ['letters of any script', 'jörg 東京', '"jörg 東京"'],
    ['what a replacement would take for its own', "$& $1 $'", `"$& $1 $'"`],
  ]
  for (const [what, value, written] of kept)
    test(`keeps a value in its place that holds ${what}`, () => {
      assert.equal(text(spl`user=${value.replaceAll('*', 'x')}`), `search user=${written.replaceAll('*', 'x')}`)
    })

  test('begins with a command, as its author wrote it or with search', () => {
    assert.equal(text(spl`| tstats count where host=${'web-1'}`), '| tstats count where host="web-1"')
    assert.equal(text(spl`SEARCH index=main`), 'SEARCH index=main')
    assert.equal(text(spl`searched index=main`), 'search searched index=main')
  })

  test('is written as in Splunk, except for the backquotes of a macro', () => {
    assert.equal(
      text(spl`\`notable\` | rex "(?<x>\d+)\"" | eval cost="\$"`),
      'search `notable` | rex "(?<x>\\d+)\\"" | eval cost="$"',
    )
  })

  const refused: [string, Spl | unknown, RegExp][] = [
    ['a wildcard', spl`user=${'*'}`, /^values\.0: holds \*/],
    ['nothing', spl`user=${''}`, /^values\.0: is empty/],
    ['a range of addresses', spl`src=${'0.0.0.0/0'}`, /^values\.0: is a range/],
    ['a range of IPv6 addresses', spl`src=${'::/0'}`, /^values\.0: is a range/],
    ['a line break', spl`user=${'a\nb'}`, /^values\.0: holds control/],
    ['half a character', spl`user=${'\ud800'}`, /^values\.0: holds control/],
    ['more than a value has', spl`user=${'a'.repeat(1001)}`, /^values\.0: /],
    ['no text, in JavaScript', spl`user=${undefined as unknown as string}`, /^values\.0: is no text/],
    ['marks around a value', spl`user="${'x'}"`, /inside quotation marks/],
    ['a value in the middle of a quoted text', spl`"a \" ${'x'} b"`, /inside quotation marks/],
    ['single quotation marks around a value', spl`| where 'a ${'x'}'=1`, /inside quotation marks/],
    ['a value given to a macro', spl`\`of(${'x'})\``, /inside quotation marks or backquotes/],
    ['a value in a comment', spl`index=main \`\`\`about ${'x'}\`\`\``, /inside quotation marks or backquotes/],
    ['a text alone', 'index=main', /^query: /],
    ['parts that spl did not make', { parts: ['a'], values: ['b'] }, /was not made by spl/],
    [
      'more than a search has',
      spl`${'a'.repeat(1000)} ${'a'.repeat(1000)} ${'a'.repeat(1000)} ${'a'.repeat(1000)}`,
      /4,000/,
    ],
  ]
  for (const [what, query, why] of refused)
    test(`is refused with ${what}, which is not shown`, () => {
      assert.match(faults(query), why)
    })

  test('takes a path or an address for what it is', () => {
    assert.equal(
      text(spl`a=${'10.0.0.1'} b=${'/etc/passwd'} c=${'https://a.example/24'}`),
      'search a="10.0.0.1" b="/etc/passwd" c="https://a.example/24"',
    )
  })
})
