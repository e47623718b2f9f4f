import { cleanText } from '../../tickets/clean-text.ts'
import type { Block, Document, Inline } from '../../tickets/document.ts'
import { cutNotice, type TextRoom, textRoom } from '../../tickets/text-room.ts'
import { webAddress } from '../../tickets/web-address.ts'

/** RT cuts or drops what is over its `$MaxAttachmentSize`, 10 MB by default; people stop reading much earlier. */
const maxCharacters = 100_000

/**
 * The document as HTML, of elements that RT's own filter lets through. Texts stay texts, whatever markup they look
 * like; only http and https addresses become links. A document over 100,000 characters is cut, and a last paragraph
 * says how much is missing.
 */
export function html(document: Document): string {
  const room = textRoom(maxCharacters)
  const blocks = document.map((block) => blockHtml(block, room)).join('')
  const notice = cutNotice(room)
  return notice === undefined ? blocks : `${blocks}<p>${escaped(notice)}</p>`
}

function blockHtml(block: Block, room: TextRoom): string {
  switch (block.kind) {
    case 'heading':
      return element('h3', inlineHtml(block.text, room))
    case 'paragraph':
      return element('p', cellHtml(block.content, room))
    case 'code':
      return element('pre', escaped(room.take(cleanText(block.text))))
    case 'table': {
      const header = block.header === undefined ? '' : rowHtml('th', block.header, room)
      const rows = block.rows.map((row) => rowHtml('td', row, room)).join('')
      return header + rows === '' ? '' : `<table border="1" cellpadding="3">${header}${rows}</table>`
    }
  }
}

function element(name: string, content: string): string {
  return content === '' ? '' : `<${name}>${content}</${name}>`
}

function rowHtml(cell: 'th' | 'td', cells: readonly Inline[], room: TextRoom): string {
  if (!room.hasRoom()) {
    cellHtml(cells, room) // counted as missing
    return ''
  }
  return `<tr>${cells.map((content) => `<${cell}>${inlineHtml(content, room)}</${cell}>`).join('')}</tr>`
}

function cellHtml(content: readonly Inline[], room: TextRoom): string {
  return content.map((inline) => inlineHtml(inline, room)).join('')
}

function inlineHtml(inline: Inline, room: TextRoom): string {
  if (typeof inline === 'string') return withBreaks(room.take(cleanText(inline)))
  if (inline.kind === 'strong') return element('strong', withBreaks(room.take(cleanText(inline.text))))
  return linkHtml(inline, room)
}

function linkHtml({ url, text }: { url: string; text: string }, room: TextRoom): string {
  const href = webAddress(url)
  const shown = cleanText(text === '' ? url : text)
  if (href === undefined) return withBreaks(room.take(text === url ? shown : `${shown} (${cleanText(url)})`))
  // A link without its whole address leads somewhere else, so it is cut as a whole.
  const kept = room.take(shown + href).length === shown.length + href.length
  return kept ? `<a href="${escaped(href)}">${withBreaks(shown)}</a>` : ''
}

function withBreaks(text: string): string {
  return escaped(text).replaceAll('\n', '<br>')
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
