import { oneLine } from '../../tickets/cut-text.ts'
import { type Block, type Document, type Inline, link } from '../../tickets/document.ts'
import type { ExportResult, SearchResult } from './connector.ts'

const maxFields = 10
const maxCellLength = 300

/**
 * What a search found, for a ticket: a table with a line for each row, what is not in it, and a link to the search in
 * Splunk's pages. It has the first ten fields, `_time` and `_raw` among them, but none of Splunk's others that begin
 * with `_`; a query that ends with `| table user src count` has exactly those, in that order.
 */
export function searchTable({ fields, rows, total, warnings, url }: SearchResult | ExportResult): Document {
  const visible = fields.filter((field) => !field.startsWith('_') || field === '_time' || field === '_raw')
  const header = visible.slice(0, maxFields)
  const lines = rows.map((row) => header.map((field) => cell(row[field])))
  const counts = [
    countOf(rows.length, total),
    ...(visible.length > maxFields ? [`${maxFields} of ${visible.length} fields`] : []),
  ]
  const shown: Inline[] = url === undefined ? [] : ['. ', link(url, 'Search in Splunk')]
  return [
    { kind: 'table', header, rows: lines },
    { kind: 'paragraph', content: [counts.join(', '), ...shown] },
    ...warnings.map((warning): Block => ({ kind: 'paragraph', content: [`Splunk warns: ${oneLine(warning, 300)}`] })),
  ]
}

function countOf(shown: number, total: number | undefined): string {
  const rows = shown.toLocaleString('en')
  if (total === undefined) return `The first ${shown === 1 ? 'row' : `${rows} rows`} (there may be more)`
  return `${rows} of ${total.toLocaleString('en')} ${total === 1 ? 'row' : 'rows'}`
}

function cell(value: string | string[] = ''): string {
  return oneLine([value].flat().join(', '), maxCellLength)
}
