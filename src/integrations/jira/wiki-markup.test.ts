import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { code, type Document, facts, heading, link, paragraph, strong } from '../../tickets/document.ts'
import { wikiMarkup } from './wiki-markup.ts'
import { wikiText } from './wiki-text.ts'

describe('wiki markup', () => {
  const shown: [name: string, document: Document, markup: string][] = [
    ['a heading', [heading('Seen\non *web*')], 'h3. Seen on \\*web\\*'],
    ['a strong text', [paragraph(strong('Name'), ': Jane')], '{*}Name{*}: Jane'],
    ['facts', [facts({ User: 'a|b', Empty: '' })], '|{*}User{*}|a&#124;b|\n|{*}Empty{*}| |'],
    ['a header', [{ kind: 'table', header: ['A', 'B'], rows: [['1', 'x\ny']] }], '||A||B||\n|1|x\\\\ y|'],
    [
      'a link',
      [paragraph(link('https://a.example/?x=[1]|{2}!', 'see ]|'))],
      '[see &#93;&#124;|https://a.example/?x=%5B1%5D%7C%7B2%7D%21]',
    ],
    ['a link without a text', [paragraph(link('https://a.example/'))], '[https://a.example/]'],
    [
      'a link to a bracketed host',
      [paragraph(link('http://[::1]/x', 'here'))],
      'here \\(http&#58;//&#91;::1&#93;/x\\)',
    ],
    ['code', [code('{"a": 1}', 'json')], '{code:json}\n{"a": 1}\n{code}'],
    ['code in an odd language', [code('x', 'x}y')], '{code}\nx\n{code}'],
    ['code that ends code', [code('{CODE}*x*', 'json')], '{noformat}\n{CODE}*x*\n{noformat}'],
    ['code that ends both', [code('{code}{noformat}')], '&#123;code&#125;&#123;noformat&#125;'],
    ['two blocks', [paragraph('a'), paragraph(''), paragraph('b')], 'a\n\nb'],
  ]
  for (const [name, document, markup] of shown)
    test(`of ${name}`, () => {
      assert.equal(wikiMarkup(document), markup)
    })

  const hostile = [
    ...[
      '{code}',
      '{panel:title=x}y{panel}',
      '{noformat}',
      '{color:red}x{color}',
      '{{mono}}',
      '!https://x.example/a.png!',
    ],
    ...['[x|javascript:alert(1)]', '[~admin]', '||a|b||', '*b* _i_ -d- +u+ ^s^ ~s~ ??c??', 'h1. big', 'bq. quoted'],
    ...[
      '* one\n** two',
      '# one',
      '----',
      'a -- b --- c',
      'C:\\\\share\\x',
      '\\{code}',
      '&#123;code}',
      '&amp;',
      ':D ;) (/)',
    ],
    ...['https://evil.example/a_b', '<b>x</b>', 'ünïcode 😀', '@admin %x%'],
  ]
  for (const text of hostile)
    test(`shows ${JSON.stringify(text)} as it is, and holds none of its markup`, () => {
      const markup = wikiMarkup([paragraph(text), facts({ [text]: text })])

      const left = markup.replaceAll(/\\[-#*_+?^~%()!@]|\{\*\}|&#\d+;/g, '').replaceAll('\\\\ ', '')
      assert.doesNotMatch(left, /[\\{}[\]*_^~!?#@%()+&-]|^(?:h\d|bq)\.|:\/\//m)
      assert.equal(left.split('|').length, 4)
      const line = text.replaceAll('\n', ' ')
      assert.equal(wikiText(markup), `${text}\n\n${line}: ${text}`)
    })

  test('is cut to what Jira takes, between characters, and says so', () => {
    for (const piece of ['y', '{', '*', '😀', '\\']) {
      const markup = wikiMarkup([paragraph(piece.repeat(40_000)), facts({ Name: link('https://a.example', piece) })])

      assert.ok(markup.length < 32_767 && markup.length > 25_000, String(markup.length))
      const [kept = '', notice] = markup.split('\n\n')
      assert.equal(wikiText(kept).replaceAll(piece, ''), '')
      assert.match(notice ?? '', /^Cut here: [\d,]+ more characters/)
    }
  })

  test('stays below what Jira takes with thousands of cells', () => {
    const rows = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`n${index}`, 'v']))

    const markup = wikiMarkup([facts(rows)])

    assert.ok(markup.length < 32_767, String(markup.length))
    assert.match(markup, /Cut here/)
  })
})
