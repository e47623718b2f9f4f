import type { Block, Document, Inline } from '../../tickets/document.ts'

/** GitHub takes no longer text, in characters. */
const maxLength = 65_536
/** Left for a marker and for the words that something is missing. */
const reserved = 256

/**
 * A document in GitHub's Markdown. Texts are escaped: none of them is markup, mentions anybody or refers to another issue,
 * and no address in them becomes a link. Blocks that GitHub has no room for are left out, which the text then says.
 *
 * https://github.github.com/gfm/ and
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
export function markdown(document: Document): string {
  const parts: string[] = []
  let room = maxLength - reserved
  for (const part of document.map(blockMarkdown)) {
    room -= part.length + 2
    if (room < 0) return [...parts, '_The rest is longer than GitHub takes, and left out._'].join('\n\n')
    parts.push(part)
  }
  return parts.join('\n\n')
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `### ${oneLine(block.text)}`
    case 'paragraph':
      return block.content.map((inline) => inlineMarkdown(inline, escaped)).join('')
    case 'table':
      return table(block)
    case 'code':
      return codeBlock(block)
  }
}

/** A table has to have a header in Markdown, so one without gets an empty one. */
function table({ header, rows }: Extract<Block, { kind: 'table' }>): string {
  const columns = Math.max(header?.length ?? 0, ...rows.map((row) => row.length))
  if (columns === 0) return ''
  const filled = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, index) => cells[index] ?? '').join(' | ')} |`
  return [
    filled((header ?? []).map(oneLine)),
    filled(Array.from({ length: columns }, () => '---')),
    ...rows.map((row) => filled(row.map((inline) => inlineMarkdown(inline, oneLine)))),
  ].join('\n')
}

/** The fence is longer than any in the text. */
function codeBlock({ text, language = '' }: Extract<Block, { kind: 'code' }>): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}${/^[\w+-]{0,30}$/.test(language) ? language : ''}\n${clean(text)}\n${fence}`
}

function inlineMarkdown(inline: Inline, shown: (text: string) => string): string {
  if (typeof inline === 'string') return shown(inline)
  const text = oneLine(inline.text)
  if (text === '') return ''
  return inline.kind === 'strong' ? `**${text}**` : `[${text}](<${address(inline.url)}>)`
}

/** What could end the address, or be read as an escape in it, is encoded. */
function address(url: string): string {
  return clean(url).replaceAll(/[\s<>\\]/g, (character) => encodeURIComponent(character))
}

function oneLine(text: string): string {
  return escaped(text.replaceAll(/\s+/g, ' ').trim())
}

/** Every punctuation mark may be escaped. A line that begins with spaces would be code. */
function escaped(text: string): string {
  return clean(text)
    .replaceAll(/[!-/:-@[-`{-~]/g, '\\$&')
    .replaceAll(/\\([@#])/g, '<span>$1</span>')
    .replaceAll(/^[^\S\n]+/gm, '')
}

/** Without the control characters that no text has. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '\ufffd')
}
