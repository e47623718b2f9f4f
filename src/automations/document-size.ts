import type { Block, Document, Inline } from '../tickets/document.ts'

/** What a piece of text costs besides itself: ticketing systems count their own markup. */
const perText = 4

/** How much of a ticketing system's limit a document takes up, in characters. */
export function documentSize(document: Document): number {
  return document.reduce((sum, block) => sum + blockSize(block), 0)
}

export function rowSize(row: readonly Inline[]): number {
  return row.reduce((sum, cell) => sum + inlineSize(cell), 0)
}

function blockSize(block: Block): number {
  switch (block.kind) {
    case 'heading':
    case 'code':
      return block.text.length + perText
    case 'paragraph':
      return rowSize(block.content)
    case 'table':
      return [...(block.header === undefined ? [] : [block.header]), ...block.rows].reduce(
        (sum, row) => sum + rowSize(row),
        0,
      )
  }
}

function inlineSize(inline: Inline): number {
  if (typeof inline === 'string') return inline.length + perText
  return inline.text.length + (inline.kind === 'link' ? inline.url.length : 0) + perText
}

/** As many whole blocks and rows of a document as take up at most so many characters; code is cut. */
export function fitDocument(document: Document, room: number): Document {
  const kept: Block[] = []
  let left = room
  for (const block of document) {
    const part = blockSize(block) <= left ? block : fitBlock(block, left)
    if (part !== undefined) kept.push(part)
    if (part !== block) return kept
    left -= blockSize(block)
  }
  return kept
}

function fitBlock(block: Block, room: number): Block | undefined {
  if (block.kind === 'code') {
    const text = block.text.slice(0, Math.max(0, room - perText))
    return text === '' ? undefined : { ...block, text }
  }
  if (block.kind !== 'table') return undefined
  const rows: (readonly Inline[])[] = []
  let left = room - rowSize(block.header ?? [])
  for (const row of block.rows) {
    left -= rowSize(row)
    if (left < 0) break
    rows.push(row)
  }
  return rows.length === 0 ? undefined : { ...block, rows }
}
