/**
 * The text of wiki markup, the form in which webhooks carry rich text: links show their address, and the marks of
 * tables and code blocks go. Everything else stays, since a star may be a star.
 *
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
export function wikiText(markup: string | null | undefined): string {
  return (markup ?? '')
    .replaceAll(/\{(?:code|noformat)(?::[^{}\n]{0,200})?\}/g, '')
    .replaceAll(/\[([^[\]|\n]{1,1000})\|(https?:[^[\]|\s]{1,2000})(?:\|[^[\]|\n]{1,50})?\]/g, (_, text, url) =>
      text === url ? url : `${text} (${url})`,
    )
    .replaceAll(/\[(https?:[^[\]|\s]{1,2000})\]/g, '$1')
    .replaceAll(/[^\n\r]+/g, withoutBars)
    .trim()
}

/** By hand: a pattern for bars at the end of a line looks at each run of bars from each of its bars. */
function withoutBars(line: string): string {
  let start = 0
  let end = line.length
  while (isBar(line[start])) start += 1
  while (end > start && isBar(line[end - 1])) end -= 1
  if (start > 0 && line[start] === ' ') start += 1
  if (end < line.length && line[end - 1] === ' ') end -= 1
  return line.slice(start, Math.max(start, end))
}

function isBar(character: string | undefined): boolean {
  return character === '|'
}
