import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { notFound } from '../connectors/outcome.ts'
import { adf } from '../integrations/jira/adf.ts'
import { type Document, facts, paragraph, plainText } from '../tickets/document.ts'
import { documentSize } from './document-size.ts'
import { enrichment } from './enrichment.ts'
import { type Line, tellLines } from './tell-lines.ts'

const files = enrichment({
  name: 'files',
  title: 'Files',
  of: ['sha256'],
  ask: async () => notFound(),
  tell: () => 'known',
  byHand: (hash) => `https://files.example/search?of=${hash}`,
})

function line(value: string, about: Pick<Line, 'state'> & Partial<Line>): Line {
  return { enrichment: files, observable: { kind: 'sha256', value }, ...about }
}

function hash(index: number): string {
  return index.toString(16).padStart(64, '0')
}

const at = '2026-11-25T14:02:33.000Z'
const report = facts({ Name: 'setup.exe', Positives: '4/60' })

describe('the one comment', () => {
  test('has a line for each question with what became of it, and below what was found', () => {
    const delay = { code: 'connector.rate_limited', reason: 'Files: over quota', waitMs: 60_000, isQuota: true }
    const down = { code: 'connector.unavailable', reason: 'Files: nobody listens there.', waitMs: 1, isQuota: false }

    const told = tellLines([
      line('a1', { state: { kind: 'found', value: 1 }, at, told: [report] }),
      line('a2', { state: { kind: 'not_found' }, at }),
      line('a3', { state: { kind: 'asking' } }),
      line('a4', { state: { kind: 'delayed', delay: { ...delay, until: '2026-11-25T14:10:00.000Z' } } }),
      line('a5', { state: { kind: 'delayed', delay } }),
      line('a6', { state: { kind: 'delayed', delay: down } }),
      line('a7', { state: { kind: 'rate_limited', until: '2026-11-26T00:00:00.000Z' }, at }),
      line('a8', { state: { kind: 'failed', code: 'connector.refused', reason: 'Files: you may not ask.' }, at }),
    ])

    assert.equal(
      plainText(told),
      [
        'Answers: 4 of 8',
        'Source: About: Answer',
        'Files: a1: found, 2026-11-25 14:02 UTC',
        'Files: a2: not found, 2026-11-25 14:02 UTC',
        'Files: a3: asking …',
        'Files: a4: waiting for quota until 2026-11-25 14:10 UTC',
        'Files: a5: waiting for quota',
        'Files: a6: asked again by itself: nobody listens there',
        'Files: a7: failed, 2026-11-25 14:02 UTC: its quota is used up until 2026-11-26 00:00 UTC',
        'Files: a8: failed, 2026-11-25 14:02 UTC: you may not ask',
        'Files: a1',
        'Name: setup.exe',
        'Positives: 4/60',
      ].join('\n'),
    )
  })

  test('links what could not be asked to where a person can look it up, and nothing else', () => {
    const told = tellLines([
      line('a1', { state: { kind: 'failed', code: 'x', reason: 'down' } }),
      line('a2', { state: { kind: 'not_found' } }),
    ])

    const [, table] = told
    assert.deepEqual(table?.kind === 'table' && table.rows.map(([, about]) => about), [
      { kind: 'link', url: 'https://files.example/search?of=a1', text: 'a1' },
      'a2',
    ])
  })

  test('says of what is one’s own that it was not asked, and sends no person there either', () => {
    const [, table] = tellLines([
      line('a1', { state: { kind: 'failed', code: 'connector.own_value', reason: 'own' }, at }),
    ])

    assert.deepEqual(table?.kind === 'table' && table.rows, [['Files', 'a1', 'not asked: it is your own']])
  })

  for (const [what, lines] of Object.entries(crowds())) {
    test(`fits a ticket and says what it leaves out, with ${what}`, () => {
      const told = tellLines(lines)

      assert.ok(documentSize(told) <= 24_000, `${documentSize(told)} characters`)
      assert.doesNotMatch(JSON.stringify(adf(told)), /Cut here/)
      assert.match(plainText(told), /\d+ more have no room here: |Not all of what was found has room/)
    })
  }

  test('keeps what was found and what failed where not all lines fit', () => {
    const lines = Array.from({ length: 500 }, (_, index) => line(hash(index), { state: { kind: 'not_found' }, at }))
    const last = lines.at(-1)
    if (last !== undefined) Object.assign(last, { state: { kind: 'found', value: 1 }, told: [report] })

    const told = plainText(tellLines(lines))

    assert.match(told, new RegExp(`Files: ${hash(499)}: found`))
    assert.match(told, /\n\d+ more have no room here: \d+ not found\.\n/)
    assert.match(told, /Positives: 4\/60/)
  })

  test('gives each of many long answers its share', () => {
    const long: Document = [facts({ Short: 'first' }), facts({ Long: 'x'.repeat(20_000) })]
    const lines = Array.from({ length: 3 }, (_, index) =>
      line(`a${index}`, { state: { kind: 'found', value: 1 }, at, told: long }),
    )

    const told = plainText(tellLines(lines))

    assert.equal(told.match(/Short: first/g)?.length, 3)
    assert.match(told, /Not all of what was found has room in this comment\.$/)
  })
})

function crowds(): Record<string, Line[]> {
  const many = (about: Pick<Line, 'state'> & Partial<Line>, length = 500) =>
    Array.from({ length }, (_, index) => line(hash(index), about))
  const wordy = 'Files: '.padEnd(1000, 'it is down ')
  return {
    '500 questions being asked': many({ state: { kind: 'asking' } }),
    '500 answers': many({ state: { kind: 'found', value: 1 }, at, told: [report] }),
    '500 long reasons': many({ state: { kind: 'failed', code: 'x', reason: wordy }, at }),
    '500 long answers': many({ state: { kind: 'found', value: 1 }, at, told: [paragraph('y'.repeat(3000))] }),
    'one endless answer': many({ state: { kind: 'found', value: 1 }, at, told: [paragraph('y'.repeat(90_000))] }, 1),
  }
}
