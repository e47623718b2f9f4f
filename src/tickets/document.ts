import { webAddress } from './web-address.ts'

/**
 * Rich text that every ticketing system can show: each `ticketing.ts` turns it into its own form (ADF, wiki markup,
 * Markdown, HTML) and escapes the texts, so a value from an alert is never markup.
 */
export type Document = readonly Block[]

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; content: readonly Inline[] }
  | { kind: 'table'; header?: readonly string[]; rows: readonly (readonly Inline[])[] }
  | { kind: 'code'; text: string; language?: string }

export type Inline = string | Link | Strong

export interface Link {
  kind: 'link'
  url: string
  text: string
}

export interface Strong {
  kind: 'strong'
  text: string
}

/** What a fact may be given as; a list is joined by commas, and `undefined` leaves the line out. */
export type FactValue = Inline | number | boolean | readonly string[] | undefined

/**
 * A link; without a text it shows its address. Only `http:` and `https:` addresses become links: any other, which an
 * alert may have brought along, is shown as text.
 */
export function link(url: string, text: string = url): Inline {
  if (webAddress(url) !== undefined) return { kind: 'link', url, text }
  return text === url ? url : `${text} (${url})`
}

export function strong(text: string): Strong {
  return { kind: 'strong', text }
}

export function heading(text: string): Block {
  return { kind: 'heading', text }
}

export function paragraph(...content: Inline[]): Block {
  return { kind: 'paragraph', content }
}

export function code(text: string, language?: string): Block {
  return language === undefined ? { kind: 'code', text } : { kind: 'code', text, language }
}

/** A value as indented JSON in a code block. */
export function jsonBlock(value: unknown): Block {
  return code(JSON.stringify(value, undefined, 2), 'json')
}

/** A table of names and values, one line each: `facts({ Department: 'Art', Report: link(url) })`. */
export function facts(values: Record<string, FactValue>): Block {
  const rows = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[strong(name), shown(value)]],
  )
  return { kind: 'table', rows }
}

function shown(value: Exclude<FactValue, undefined>): Inline {
  if (typeof value !== 'object') return String(value)
  return 'kind' in value ? value : value.join(', ')
}

/** The text alone, one line per block or table row: for logs, the console and tests. */
export function plainText(document: Document): string {
  return document.map(blockText).join('\n')
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
    case 'code':
      return block.text
    case 'paragraph':
      return block.content.map(inlineText).join('')
    case 'table':
      return [...(block.header ? [block.header] : []), ...block.rows]
        .map((row) => row.map(inlineText).join(': '))
        .join('\n')
  }
}

function inlineText(inline: Inline): string {
  return typeof inline === 'string' ? inline : inline.text
}
