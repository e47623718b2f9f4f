import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { cleanText } from '../../tickets/clean-text.ts'
import { code, type Document, facts, heading, link, paragraph, strong } from '../../tickets/document.ts'
import { type AdfNode, adf } from './adf.ts'
import { adfText } from './adf-text.ts'
import { AdfDocumentSchema } from './stand-in/adf-schema.ts'

const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    '\n',
    '\r\n',
    '{code}',
    '[x|javascript:alert(1)]',
    '<script>',
    '\u0000',
    '\ud800',
    '{"type":"doc"}',
  ),
)
const address = fc.oneof(fc.webUrl(), fc.constantFrom('javascript:alert(1)', 'file:///etc/passwd', 'x', '', 'https://'))
const inline = fc.oneof(
  hostileText,
  hostileText.map(strong),
  fc.tuple(address, hostileText).map(([url, text]) => ({ kind: 'link' as const, url, text })),
)
const block = fc.oneof(
  hostileText.map(heading),
  fc.array(inline, { maxLength: 4 }).map((content) => paragraph(...content)),
  hostileText.map((text) => code(text, 'json')),
  fc.array(fc.array(inline, { maxLength: 4 }), { maxLength: 4 }).map((rows) => ({ kind: 'table' as const, rows })),
)
const documents: fc.Arbitrary<Document> = fc.array(block, { maxLength: 6 })

function nodes(node: AdfNode): AdfNode[] {
  return [node, ...(node.content ?? []).flatMap(nodes)]
}

function characters(node: AdfNode): number {
  return nodes(node).reduce((sum, { text = '' }) => sum + text.length, 0)
}

describe('a document in Jira’s form', () => {
  test('is always one that Jira takes: no empty text, no unknown mark, only web addresses as links', () => {
    fc.assert(fc.property(documents, (document) => AdfDocumentSchema.safeParse(adf(document)).success))
  })

  test('keeps hostile text as text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const [node, ...others] = nodes(adf([paragraph(text.replaceAll(/[\r\n]/g, ' '))])).filter(
          ({ type }) => type === 'text',
        )
        assert.equal(others.length, 0)
        assert.equal(node?.text ?? '', cleanText(text.replaceAll(/[\r\n]/g, ' ')))
        assert.equal(node?.marks, undefined)
      }),
    )
  })

  test('stays under the limit however large the document is', () => {
    const large = fc.array(fc.integer({ min: 0, max: 50_000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(large, (lengths) => {
        const document = adf(lengths.map((length) => code('x'.repeat(length))))
        return characters(document) < 30_200 && AdfDocumentSchema.safeParse(document).success
      }),
      { numRuns: 30 },
    )
  })

  test('says at its end how much was cut', () => {
    const document = adf([code('x'.repeat(40_000)), paragraph('the end')])

    assert.equal(document.content.length, 2)
    assert.match(adfText(document), /Cut here: 10,011 more characters are over what a ticket holds\.$/)
  })

  test('drops what is over the limit of a table of many rows', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => [`row ${index}`])

    const document = adf([{ kind: 'table', rows }])

    assert.ok(JSON.stringify(document).length < 500_000)
    assert.match(adfText(document), /Cut here/)
  })

  test('has no link where there is no web address', () => {
    const text = JSON.stringify(adf([paragraph({ kind: 'link', url: 'javascript:alert(1)', text: 'click' })]))

    assert.ok(!text.includes('"link"'))
    assert.ok(text.includes('click (javascript:alert(1))'))
  })

  test('breaks lines with nodes, not with characters', () => {
    const [first] = adf([paragraph('one\r\ntwo')]).content

    assert.deepEqual(
      first?.content?.map(({ type, text }) => text ?? type),
      ['one', 'hardBreak', 'two'],
    )
  })
})

describe('the text of a document', () => {
  test('reads like the document', () => {
    const document = adf([
      heading('Alert'),
      paragraph('By ', strong('MockScan'), ', see ', link('https://splunk.example/', 'results')),
      facts({ User: 'jdoe', Positives: 3 }),
      code('{\n}'),
    ])

    assert.equal(
      adfText(document),
      'Alert\nBy MockScan, see results (https://splunk.example/)\nUser: jdoe\nPositives: 3\n{\n}',
    )
  })

  test('is empty for what is no document and never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => typeof adfText(value) === 'string'))
    assert.equal(adfText(null), '')
  })

  test('shows mentions and cards, and what unknown nodes contain', () => {
    const content = [
      { type: 'mention', attrs: { id: '1', text: '@Robin' } },
      { type: 'inlineCard', attrs: { url: 'https://a.example/' } },
      { type: 'novelty', content: [{ type: 'text', text: '!' }] },
    ]

    assert.equal(adfText({ type: 'doc', content: [{ type: 'paragraph', content }] }), '@Robinhttps://a.example/!')
  })

  test('survives a document nested without end', () => {
    const deep = Array.from({ length: 5_000 }).reduce<unknown>((inner) => ({ type: 'panel', content: [inner] }), {
      type: 'text',
      text: 'deep',
    })

    assert.equal(adfText(deep), '')
  })
})
