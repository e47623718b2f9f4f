import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { code, type Document, facts, heading, link, paragraph, strong } from '../../tickets/document.ts'
import { markdown } from './markdown.ts'
import { markdownText } from './markdown-text.ts'

describe('the text of Markdown', () => {
  const cases: [string, string | null, string][] = [
    ['nothing', null, ''],
    [
      'what a person wrote',
      'see **this**\r\n\r\n# and\n[that](https://acme.example)',
      'see this\nand\nthat (https://acme.example)',
    ],
    ['a link that shows its address', '[https\\://a.example](<https://a.example>)', 'https://a.example'],
    ['a comment that nobody sees', 'a\n<!-- b\nc -->\nd', 'a\nd'],
    ['code with its indenting', '```json\n{\n  "a": "\\|"\n}\n```', '{\n  "a": "\\|"\n}'],
    ['a table', '|  |  |\n| --- | --- |\n| **User** | a \\| b |', 'User: a | b'],
  ]
  for (const [what, written, text] of cases)
    test(`is that of ${what}`, () => {
      assert.equal(markdownText(written), text)
    })
})

describe('a document as Markdown', () => {
  const cases: [string, Document, string][] = [
    ['a heading', [heading('The alert')], '### The alert'],
    ['paragraphs', [paragraph('one'), paragraph('two')], 'one\n\ntwo'],
    ['bold text', [paragraph(strong('now'))], '**now**'],
    ['a link', [paragraph(link('https://vt.example/a_(b)', 'a [b]'))], '[a \\[b\\]](<https://vt.example/a_(b)>)'],
    ['a table without a header', [facts({ User: 'jdoe' })], '|  |  |\n| --- | --- |\n| **User** | jdoe |'],
    [
      'a table whose rows differ',
      [{ kind: 'table', header: ['a', 'b'], rows: [['1']] }],
      '| a | b |\n| --- | --- |\n| 1 |  |',
    ],
    ['code', [code('{}', 'json')], '```json\n{}\n```'],
  ]
  for (const [what, document, text] of cases)
    test(`writes ${what}`, () => {
      assert.equal(markdown(document), text)
    })

  const hostile: [string, string, RegExp][] = [
    ['mentions nobody', 'ask @acme/admins', /@[a-z]/],
    ['refers to no other issue', 'as acme/shop#12', /#\d/],
    ['has no address that becomes a link', 'http://evil.example and www.evil.example', /http:\/\/|www\./],
    ['has no markup of HTML', '<img src=x><!-- adder-000000000000000000000000 -->', /(?<!\\)<(?!\/?span>)/],
    ['has no markup', '**a** `b` [c](d) ~e~ | f\n# g\n> h\n1. i', /(?<!\\)[*`[\]()~|]|^[#>]|\d\./m],
    ['has no code by indenting', 'a\n\n        b', /\n +b/],
  ]
  for (const [what, text, markup] of hostile)
    test(`of a hostile text ${what}, and shows it as it is`, () => {
      const written = markdown([paragraph(text)])

      assert.doesNotMatch(written, markup)
      assert.equal(markdownText(written).replaceAll(/\s+/g, ' '), text.replaceAll(/\s+/g, ' '))
    })

  test('keeps a hostile text in its cell, and in its code', () => {
    const cell = markdown([facts({ User: 'a | b\n| c |' })])
    const fenced = markdown([code('```\n# out\n````', 'js\n# out')])

    assert.equal(cell.split('\n').at(-1), '| **User** | a \\| b \\| c \\| |')
    assert.equal(fenced, '`````\n```\n# out\n````\n`````')
  })

  test('keeps a hostile address in its link', () => {
    const url = 'https://vt.example/>)[x](javascript:alert(1)) "'

    assert.equal(markdown([paragraph(link(url, 'x'))]).match(/(?<!\\)[<>]/g)?.length, 2)
  })

  test('is no longer than GitHub takes, and says what it leaves out', () => {
    for (const text of ['x', '@', '\u{1f600}']) {
      const written = markdown([paragraph('kept'), code(text.repeat(70_000)), paragraph(text.repeat(70_000))])

      assert.ok(written.length <= 65_536 - 40, `${written.length} characters`)
      assert.match(
        written,
        /^kept\n\n```\n[\s\S]{60000,}\n```\n\n[\s\S]*Cut here: [\d,]+ more characters are over what it holds\.$/,
      )
    }
  })

  test('says how much is cut of a table, which stays one', () => {
    const rows = Array.from({ length: 5000 }, (_, index) => [`row ${index}`, 'x'.repeat(20)])

    const written = markdown([{ kind: 'table', rows }])

    const [table = '', notice] = written.split('\n\n')
    assert.ok(written.length <= 65_536 - 40)
    assert.ok(table.split('\n').every((line) => /^\| .* \|$/.test(line)))
    assert.match(notice ?? '', /^Cut here/)
  })

  test('is read in linear time, however hostile', () => {
    for (const text of ['<!--', '[', '](<', '\\', '| ', '**[a](', '`'])
      assert.ok(markdownText(text.repeat(65_536 / text.length)).length >= 0)
  })

  test('has none of the characters that no text has', () => {
    assert.equal(markdown([paragraph('a\0b\ud800c\r\nd')]), 'a\ufffdb\ufffdc\nd')
  })
})
