import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { wikiText } from './wiki-text.ts'

describe('the text of wiki markup', () => {
  const texts: [markup: string | null | undefined, text: string][] = [
    [undefined, ''],
    [null, ''],
    ['a *star* may be a star', 'a *star* may be a star'],
    ['|user|mlisa|', 'user: mlisa'],
    ['a|b', 'a|b'],
    ['||Name||Value||\n| user | mlisa |', 'Name: Value\nuser: mlisa'],
    ['|||\n| \n||x', 'x'],
    ['|a|\r\n|b |\r\n', 'a\r\nb'],
    ['{code:json}{"a": 1}{code}', '{"a": 1}'],
    ['{noformat}{code}|a|\\-&#45;{code}{noformat} {code}x', '{code}|a|\\-&#45;{code} x'],
    ['{*}User{*} a\\-b &#123;code} one\\\\ two C:\\Users', 'User a-b {code} one\ntwo C:\\Users'],
    [
      '[the report|https://vt.example/1|smart-link], [https://vt.example/2]',
      'the report (https://vt.example/1), https://vt.example/2',
    ],
    ['[https://vt.example/3|https://vt.example/3]', 'https://vt.example/3'],
  ]
  for (const [markup, text] of texts) {
    test(`of ${JSON.stringify(markup)} is ${JSON.stringify(text)}`, () => {
      assert.equal(wikiText(markup), text)
    })
  }

  const pieces = [
    '|',
    ' |',
    '| ',
    '\n|',
    ' ',
    '\n',
    '{',
    '{code',
    '{code:',
    '[',
    '[a',
    '[a|',
    '[a|https:',
    '[https:',
    '[a|https:b|',
    'x|',
  ]
  test('is found in time in proportion to a hostile markup of a megabyte', () => {
    const markups = pieces.map((piece) => piece.repeat(Math.ceil(1_000_000 / piece.length)))

    const startedAt = performance.now()
    for (const each of markups) for (const markup of [each, `x${each}x`, `[${each}`, `{code:${each}`]) wikiText(markup)
    const ms = performance.now() - startedAt

    // Quadratic work on a megabyte takes minutes; the bound leaves room for a busy machine.
    assert.ok(ms < 20_000, `took ${ms} ms`)
  })
})
