import { cleanText } from '../../tickets/clean-text.ts'
import type { Block, Document, Inline } from '../../tickets/document.ts'
import { cutNotice, type TextRoom, textRoom } from '../../tickets/text-room.ts'
import { webAddress } from '../../tickets/web-address.ts'

/** Jira refuses over 32,767 characters where its administrator has set nothing else. */
const maxCharacters = 30_000

/**
 * The document in wiki markup, the form of Jira Data Center's rich text. Texts stay texts, whatever markup they look
 * like; only http and https addresses become links. Markup over 30,000 characters is cut, and a last paragraph says how
 * much of it is missing.
 *
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
export function wikiMarkup(document: Document): string {
  const room = textRoom(maxCharacters)
  const blocks = document.map((block) => blockMarkup(block, room))
  const notice = cutNotice(room)
  return [...blocks, notice === undefined ? '' : escaped(notice)].filter((block) => block !== '').join('\n\n')
}

function blockMarkup(block: Block, room: TextRoom): string {
  switch (block.kind) {
    case 'heading': {
      const text = taken(block.text.replaceAll(/\s+/g, ' '), room)
      return text === '' ? '' : `h3. ${text}`
    }
    case 'paragraph':
      return block.content.map((inline) => inlineMarkup(inline, room)).join('')
    case 'code':
      return codeMarkup(block, room)
    case 'table':
      return [
        ...(block.header ? [rowMarkup('||', block.header, room)] : []),
        ...block.rows.map((row) => rowMarkup('|', row, room)),
      ]
        .filter((row) => row !== '')
        .join('\n')
  }
}

/** Nothing is escaped in a code block, so its text is in the one whose end it does not hold, or in none. */
function codeMarkup({ text, language = '' }: { text: string; language?: string }, room: TextRoom): string {
  const clean = cleanText(text)
  const holds = (mark: string) => clean.toLowerCase().includes(`{${mark}`)
  if (holds('code') && holds('noformat')) return taken(clean, room)
  const kept = room.take(clean)
  if (kept === '') return ''
  if (holds('code')) return `{noformat}\n${kept}\n{noformat}`
  const start = /^[\w#+]+$/.test(language) ? `{code:${language}}` : '{code}'
  return `${start}\n${kept}\n{code}`
}

function rowMarkup(bar: '|' | '||', cells: readonly Inline[], room: TextRoom): string {
  if (!room.hasRoom()) {
    for (const cell of cells) inlineMarkup(cell, room)
    return ''
  }
  // A line break of its own would end the row, and a cell without anything is none.
  const shown = cells.map((cell) => inlineMarkup(cell, room).replaceAll('\n', '\\\\ ') || ' ')
  return `${bar}${shown.join(bar)}${bar}`
}

function inlineMarkup(inline: Inline, room: TextRoom): string {
  if (typeof inline === 'string') return taken(inline, room)
  if (inline.kind === 'strong') return inline.text === '' ? '' : whole(`{*}${escaped(oneLined(inline.text))}{*}`, room)
  return linkMarkup(inline, room)
}

function linkMarkup({ url, text }: { url: string; text: string }, room: TextRoom): string {
  const href = webAddress(url)
  // Brackets end a link, and stand in the host of an address only.
  if (href === undefined || new URL(href).host.includes('['))
    return taken(text === url ? url : `${text} (${url})`, room)
  const address = href.replaceAll(/[[\]|{}\\^!]/g, (character) => `%${codeOf(character).toString(16).toUpperCase()}`)
  return whole(text === url || text === '' ? `[${address}]` : `[${escaped(oneLined(text))}|${address}]`, room)
}

/** As much of the text as there is room for. */
function taken(text: string, room: TextRoom): string {
  // What is left of an escaped character that was cut in two would be markup.
  return room.take(escaped(text)).replace(/(?:\\|&[#\d]*)$/, '')
}

/** All of it or nothing: a link without its end leads somewhere else, and a strong text without its end has none. */
function whole(markup: string, room: TextRoom): string {
  return room.take(markup) === markup ? markup : ''
}

function oneLined(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}

const special = /[\\|[\]{}&]|:(?=[/DPp])|[-#*_+?^~%()!@]/g

/**
 * The text as markup that shows it as it is. What Jira's renderer takes a backslash for gets one. Entities are what it
 * looks at before it sees backslashes (macros, links, tables), backslashes themselves (two are a line break), and the
 * colons of bare addresses and of faces.
 */
function escaped(text: string): string {
  return cleanText(text)
    .replaceAll(special, (character) => (/[\\|[\]{}&:]/.test(character) ? entity(character) : `\\${character}`))
    .replaceAll(/^([ \t]*(?:h[1-6]|bq))\./gm, `$1${entity('.')}`)
}

function entity(character: string): string {
  return `&#${codeOf(character)};`
}

function codeOf(character: string): number {
  return character.charCodeAt(0)
}
