import assert from 'node:assert/strict'
import { test } from 'node:test'
import { link, plainText } from '../../tickets/document.ts'
import { searchTable } from './search-table.ts'

const found = {
  fields: ['user', 'src'],
  rows: [{ user: 'mlisa', src: ['10.0.0.1', '10.0.0.2'] }],
  total: 1,
  warnings: [],
}

test('shows a line for each row, with the fields in their order', () => {
  assert.deepEqual(searchTable(found), [
    { kind: 'table', header: ['user', 'src'], rows: [['mlisa', '10.0.0.1, 10.0.0.2']] },
    { kind: 'paragraph', content: ['1 of 1 row'] },
  ])
})

test('says how many rows and fields it does not show, links to them, and tells what Splunk warns of', () => {
  const fields = Array.from({ length: 14 }, (_, index) => `f${index}`)
  const url = 'https://splunk.acme.example:8000/app/search/search?q=x'

  const [table, paragraph, warning] = searchTable({ ...found, fields, total: 1340, url, warnings: ['idx2 is down'] })

  assert.equal(table?.kind === 'table' && table.header?.length, 10)
  assert.deepEqual(paragraph, {
    kind: 'paragraph',
    content: ['1 of 1,340 rows, 10 of 14 fields', '. ', link(url, 'Search in Splunk')],
  })
  assert.deepEqual(warning, { kind: 'paragraph', content: ['Splunk warns: idx2 is down'] })
})

test('says that it does not know how many rows there are, where an export was hung up on', () => {
  const { total: _, ...exported } = found
  const two = { ...exported, rows: [{ user: 'mlisa' }, { user: 'jvermeer' }] }

  const said = [exported, two].map((each) => searchTable(each).at(-1))

  assert.deepEqual(said, [
    { kind: 'paragraph', content: ['The first row (there may be more)'] },
    { kind: 'paragraph', content: ['The first 2 rows (there may be more)'] },
  ])
})

test('leaves out what Splunk keeps for itself, and not the line and its time', () => {
  const rows = [
    { _time: '2026-11-02T10:00:00.000+00:00', _raw: 'line 1\nline 2', _cd: '12:3456', _si: ['idx1', 'main'] },
  ]

  const [table] = searchTable({ ...found, fields: ['_cd', '_raw', '_si', '_time'], rows })

  assert.deepEqual(table, {
    kind: 'table',
    header: ['_raw', '_time'],
    rows: [['line 1 line 2', '2026-11-02T10:00:00.000+00:00']],
  })
})

test('has a value from outside as text, cut where it is long', () => {
  const shown = plainText(searchTable({ ...found, rows: [{ user: '|h|[x](javascript:1)', src: 'a'.repeat(5000) }] }))

  assert.ok(shown.includes('|h|[x](javascript:1)'))
  assert.ok(shown.length < 500)
})
