export interface ResultsPageOptions {
  title: string
  sid: string
  rows: readonly Record<string, string | string[]>[]
}

/** The results of one search job as a page that needs nothing from elsewhere and runs no script. */
export function resultsPage({ title, sid, rows }: ResultsPageOptions): string {
  const columns = [...new Set(rows.flatMap(Object.keys))].filter((key) => !key.startsWith('_'))
  const head = ['_time', ...columns].map((column) => `<th scope="col">${escaped(column)}</th>`).join('')
  const lines = rows.map((row) => `<tr>${['_time', ...columns].map((column) => cell(row[column])).join('')}</tr>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { margin: 2rem }
  div { overflow-x: auto }
  table { border-collapse: collapse }
  th, td { border: 1px solid #8886; padding: .25rem .6rem; text-align: left; white-space: nowrap }
</style>
<h1>${escaped(title)}</h1>
<p>Search job ${escaped(sid)}, ${rows.length === 1 ? '1 result' : `${rows.length} results`}. This is a stand-in for Splunk.</p>
<div><table><thead><tr>${head}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></div>
</html>
`
}

function cell(value: string | string[] | undefined): string {
  return `<td>${[value ?? ''].flat().map(escaped).join('<br>')}</td>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
