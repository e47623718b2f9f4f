/**
 * The text of GitHub's Markdown: of what Adder writes exactly, of what people write with the marks that Adder does not
 * use. One line for a row of a table, its cells parted by colons; a link shows its address where its text does not.
 */
export function markdownText(markdown: string | null | undefined): string {
  const lines = withoutComments((markdown ?? '').replaceAll(/\r\n?/g, '\n')).split('\n')
  const shown: string[] = []
  let fence: string | undefined
  for (const line of lines) {
    const isFence = /^`{3,}[\w+-]*$/.test(line)
    if (fence === undefined && isFence) fence = /^`+/.exec(line)?.[0]
    else if (fence !== undefined && line === fence) fence = undefined
    else if (fence !== undefined) shown.push(line)
    else shown.push(...lineText(line.trim()))
  }
  return shown.join('\n').trim()
}

/** By hand: a pattern looks from the beginning of each comment for its end, which may not come. */
function withoutComments(markdown: string): string {
  const parts: string[] = []
  for (let at = 0; ; ) {
    const begin = markdown.indexOf('<!--', at)
    const end = begin === -1 ? -1 : markdown.indexOf('-->', begin)
    // An escaped one is text.
    if (end === -1) return [...parts, markdown.slice(at)].join('')
    parts.push(markdown.slice(at, begin))
    at = end + 3
  }
}

function lineText(line: string): string[] {
  if (/^\| (?:--- \| ){0,100}--- \|$/.test(line) || line === '') return []
  if (!line.startsWith('| ') || !line.endsWith(' |')) return [inlineText(line.replace(/^#{1,6} /, ''))]
  const cells = (line.slice(1, -1).match(/(?:\\.|[^\\|])+/g) ?? []).map((cell) => inlineText(cell.trim()))
  return cells.every((cell) => cell === '') ? [] : [cells.join(': ')]
}

/** A link's text has no further bracket, so that what is no link after all is not read again from each of them. */
const marks = /\\([!-/:-@[-`{-~])|<\/?span>|\*\*|\[((?:\\.|[^[\]\\\n])+)\]\((?:<([^<>\n]+)>|(https?:[^\s()<>]+))\)/g

function inlineText(text: string): string {
  return text.replaceAll(marks, (_, escaped?: string, linked?: string, address?: string, bare?: string) => {
    if (escaped !== undefined) return escaped
    if (linked === undefined) return ''
    const shown = inlineText(linked)
    const url = address ?? bare
    return url === undefined || url === shown ? shown : `${shown} (${url})`
  })
}
