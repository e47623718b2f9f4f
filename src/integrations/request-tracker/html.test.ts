import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { code, type Document, facts, heading, link, paragraph, plainText, strong } from '../../tickets/document.ts'
import { html } from './html.ts'
import { htmlText } from './html-text.ts'

describe('a document as HTML', () => {
  test('has an element for each block, and escapes every text', () => {
    const document = [
      heading('A & B'),
      paragraph('one\ntwo ', strong('<b>'), link('https://files.example/?a=1&b="2"', '<i>report</i>')),
      { kind: 'table', header: ['User'], rows: [["O'Hara"]] },
      code('</pre><script>'),
    ] as const satisfies Document

    assert.equal(
      html(document),
      [
        '<h3>A &amp; B</h3>',
        '<p>one<br>two <strong>&lt;b&gt;</strong>',
        '<a href="https://files.example/?a=1&amp;b=%222%22">&lt;i&gt;report&lt;/i&gt;</a></p>',
        '<table border="1" cellpadding="3"><tr><th>User</th></tr><tr><td>O&#39;Hara</td></tr></table>',
        '<pre>&lt;/pre&gt;&lt;script&gt;</pre>',
      ].join(''),
    )
  })

  test('links to nothing but web pages', () => {
    const forged = { kind: 'link', url: 'javascript:alert(1)', text: 'x' } as const

    assert.equal(html([paragraph(forged)]), '<p>x (javascript:alert(1))</p>')
  })

  test('is cut where it is too long, and says so', () => {
    const rows = Array.from({ length: 10_000 }, (_, row) => [`name ${row}`, 'x'.repeat(50)])

    const cut = html([{ kind: 'table', rows }])

    assert.ok(cut.length < 300_000)
    assert.match(cut, /<\/table><p>Cut here: [\d,]+ more characters are over what a ticket holds\.<\/p>$/)
  })

  test('says the same when it is read back, whatever its texts are', () => {
    const text = fc.stringMatching(/^[ -~]{1,30}$/).filter((each) => each.trim() === each && !/ {2}/.test(each))

    fc.assert(
      fc.property(text, text, (one, other) => {
        const document = [heading(one), facts({ [one]: other }), code(`${one}\n  ${other}`)]
        assert.equal(htmlText(html(document)), plainText(document))
      }),
    )
  })
})

describe('the text of HTML', () => {
  const cases: [string, string, string][] = [
    ['puts each block on a line', '<p>one</p>\n<div>two<br>three</div>', 'one\ntwo\nthree'],
    ['parts the cells of a row', '<table><tr><th>User</th><td>jdoe</td></tr></table>', 'User: jdoe'],
    [
      'shows where a link leads',
      'see <a href="https://a.example/?b=1&amp;c=2">this</a>',
      'see this (https://a.example/?b=1&c=2)',
    ],
    ['does not say an address twice', '<a href="https://a.example">https://a.example</a>', 'https://a.example'],
    ['decodes characters', '&lt;b&gt; &#228;&#xe4; &amp;amp; &unknown; &#0;', '<b> ää &amp; &unknown; &#0;'],
    ['leaves out comments, scripts and styles', 'a<!-- <p> --><script>x<y</script>b<style>p{}</style>c', 'abc'],
    ['finds the end of a script in any spelling', 'İ<script>x</SCRIPT >b', 'İb'],
    ['keeps the spaces of code', '<pre>{\n  "a": 1\n}</pre>', '{\n  "a": 1\n}'],
    ['survives what never ends', 'a<!-- b', 'a'],
  ]
  for (const [title, markup, text] of cases) test(title, () => assert.equal(htmlText(markup), text))

  test('takes no longer for hostile markup', { timeout: 10_000 }, () => {
    for (const part of ['<', '<!--', '<a href="', '<script>', '<script></script>', '&#', '<td><table>'])
      assert.ok(htmlText(part.repeat(200_000)).length >= 0)
  })
})
