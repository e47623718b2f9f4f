/**
 * The text of wiki markup, the form in which webhooks and Jira Data Center carry rich text: links show their address,
 * the cells of a table's row are parted by colons, the marks of code blocks go, and what is escaped is as it is shown.
 * Everything else stays, since a star may be a star.
 *
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
export function wikiText(markup: string | null | undefined): string {
  const parts = (markup ?? '').split(/((?<!\\)\{(?:code|noformat)(?::[^{}\n]{0,200})?\})/)
  const texts: string[] = []
  let block: string | undefined
  // Texts and marks by turns.
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) texts.push(block === undefined ? shownText(part) : part)
    else if (block === undefined) block = markOf(part)
    else if (block === markOf(part)) block = undefined
    else texts.push(part)
  }
  return texts.join('').trim()
}

function markOf(mark: string): string {
  return mark.startsWith('{code') ? 'code' : 'noformat'
}

function shownText(markup: string): string {
  return markup
    .replaceAll(/\[([^[\]|\n]{1,1000})\|(https?:[^[\]|\s]{1,2000})(?:\|[^[\]|\n]{1,50})?\]/g, (_, text, url) =>
      text === url ? url : `${text} (${url})`,
    )
    .replaceAll(/\[(https?:[^[\]|\s]{1,2000})\]/g, '$1')
    .replaceAll(/^\|[^\n\r]*/gm, rowText)
    .replaceAll(/\{\*\}|\\\\ |\\([-#*_+?^~|%{}[\]()!@])|&#(\d{1,5});/g, (mark, escaped, code) => {
      if (escaped !== undefined) return escaped
      if (code !== undefined) return String.fromCharCode(Number(code))
      return mark === '{*}' ? '' : '\n'
    })
}

function rowText(row: string): string {
  return row
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join(': ')
}
