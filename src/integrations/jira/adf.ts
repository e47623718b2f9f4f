import { cleanText } from '../../tickets/clean-text.ts'
import type { Block, Document, Inline } from '../../tickets/document.ts'
import { cutNotice, type TextRoom, textRoom } from '../../tickets/text-room.ts'
import { webAddress } from '../../tickets/web-address.ts'

/** A node of the Atlassian Document Format, the form of Jira Cloud's rich text. */
export interface AdfNode {
  type: string
  attrs?: Record<string, unknown>
  content?: AdfNode[]
  text?: string
  marks?: { type: string; attrs?: Record<string, unknown> }[]
}

export interface AdfDocument extends AdfNode {
  type: 'doc'
  version: 1
  content: AdfNode[]
}

/** Jira refuses over 32,767 characters, counted in a form that is longer than the text. */
const maxCharacters = 30_000

/**
 * The document in Jira's form. Texts stay texts, whatever markup they look like; only http and https addresses become
 * links. A document over 30,000 characters is cut, and a last paragraph says how much is missing.
 *
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
export function adf(document: Document): AdfDocument {
  const room = textRoom(maxCharacters)
  const content = document.flatMap((block) => blockNodes(block, room))
  const notice = cutNotice(room)
  const last = notice === undefined ? [] : [paragraphNode(textNodes(notice))]
  return { type: 'doc', version: 1, content: [...content, ...last] }
}

function blockNodes(block: Block, room: TextRoom): AdfNode[] {
  switch (block.kind) {
    case 'heading':
      return textBlock(inlineNodes(block.text, room), (content) => ({ type: 'heading', attrs: { level: 3 }, content }))
    case 'paragraph':
      return textBlock(
        block.content.flatMap((inline) => inlineNodes(inline, room)),
        paragraphNode,
      )
    case 'code':
      return codeNodes(block, room)
    case 'table':
      return tableNodes(block, room)
  }
}

function textBlock(content: AdfNode[], build: (content: AdfNode[]) => AdfNode): AdfNode[] {
  return content.length === 0 ? [] : [build(content)]
}

function paragraphNode(content: AdfNode[]): AdfNode {
  return { type: 'paragraph', content }
}

function codeNodes({ text, language }: { text: string; language?: string }, room: TextRoom): AdfNode[] {
  const kept = room.take(cleanText(text))
  if (kept === '') return []
  const attrs = language === undefined ? {} : { attrs: { language } }
  return [{ type: 'codeBlock', ...attrs, content: [{ type: 'text', text: kept }] }]
}

function tableNodes({ header, rows }: Extract<Block, { kind: 'table' }>, room: TextRoom): AdfNode[] {
  const all = [
    ...(header ? [tableRow('tableHeader', header, room)] : []),
    ...rows.map((row) => tableRow('tableCell', row, room)),
  ]
  const kept = all.filter((row) => row !== undefined)
  return kept.length === 0 ? [] : [{ type: 'table', content: kept }]
}

function tableRow(type: 'tableHeader' | 'tableCell', cells: readonly Inline[], room: TextRoom): AdfNode | undefined {
  const content = cells.flatMap((cell) => {
    const nodes = inlineNodes(cell, room)
    return room.hasRoom() || nodes.length > 0 ? [{ type, content: [paragraphNode(nodes)] }] : []
  })
  return content.length > 0 ? { type: 'tableRow', content } : undefined
}

function inlineNodes(inline: Inline, room: TextRoom): AdfNode[] {
  if (typeof inline === 'string') return textNodes(room.take(cleanText(inline)))
  if (inline.kind === 'strong') return textNodes(room.take(cleanText(inline.text)), [{ type: 'strong' }])
  return linkNodes(inline, room)
}

function linkNodes({ url, text }: { url: string; text: string }, room: TextRoom): AdfNode[] {
  const href = webAddress(url)
  const shown = cleanText(text === '' ? url : text)
  if (href === undefined) return textNodes(room.take(text === url ? shown : `${shown} (${cleanText(url)})`))
  // A link without its whole address leads somewhere else, so it is cut as a whole.
  const kept = room.take(shown + href).length === shown.length + href.length
  return kept ? textNodes(shown, [{ type: 'link', attrs: { href } }]) : []
}

/** Text with its line breaks; nothing at all for an empty text, which Jira refuses as a node. */
function textNodes(text: string, marks?: AdfNode['marks']): AdfNode[] {
  if (!text.includes('\n')) return lineNodes(text, marks)
  return text
    .split('\n')
    .flatMap((line, index) => [...(index > 0 ? [{ type: 'hardBreak' }] : []), ...lineNodes(line, marks)])
}

function lineNodes(line: string, marks?: AdfNode['marks']): AdfNode[] {
  return line === '' ? [] : [{ type: 'text', text: line, ...(marks ? { marks } : {}) }]
}
