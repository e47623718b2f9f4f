import { cleanText } from '../../tickets/clean-text.ts'
import { cutText } from '../../tickets/cut-text.ts'
import type { Block, Document, Inline } from '../../tickets/document.ts'

/** GitHub takes 65,536 characters; the rest is for a marker and the words that something is missing. */
const maxLength = 65_200

/**
 * A document in GitHub's Markdown. Texts are escaped: none of them is markup, mentions anybody or refers to another issue,
 * and no address in them becomes a link. What GitHub has no room for is cut, and a last paragraph says how much.
 *
 * https://github.github.com/gfm/ and
 * https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */
export function markdown(document: Document): string {
  const room = roomFor(maxLength)
  const parts = document.map((block) => blockMarkdown(block, room)).filter((part) => part !== '')
  const missing = room.missing()
  const notice =
    missing === 0 ? [] : [`Cut here: ${missing.toLocaleString('en')} more characters are over what it holds.`]
  return [...parts, ...notice].join('\n\n')
}

interface Room {
  /** As much of the text as there is room for, written, which makes it longer. */
  take(text: string, write: (text: string) => string): string
  /** Takes room for markup; false where there is none. */
  has(characters: number): boolean
  /** How many characters did not fit. */
  missing(): number
}

function roomFor(characters: number): Room {
  let left = characters
  let missing = 0
  return {
    take(text, write) {
      let kept = cutText(text, Math.max(0, left))
      let written = write(kept)
      while (written.length > Math.max(0, left)) {
        kept = cutText(kept, Math.min(kept.length - 1, Math.floor((kept.length * Math.max(0, left)) / written.length)))
        written = write(kept)
      }
      left -= written.length
      missing += text.length - kept.length
      return written
    },
    has(wanted) {
      left -= wanted
      return left > 0
    },
    missing: () => missing,
  }
}

function blockMarkdown(block: Block, room: Room): string {
  // The markup of a block, and the lines between it and the next.
  room.has(16)
  switch (block.kind) {
    case 'heading':
      return prefixed('### ', room.take(block.text, oneLine))
    case 'paragraph':
      return block.content.map((inline) => inlineMarkdown(inline, { room, write: escaped })).join('')
    case 'table':
      return table(block, room)
    case 'code':
      return codeBlock(block, room)
  }
}

function prefixed(prefix: string, text: string): string {
  return text === '' ? '' : prefix + text
}

/** A table has to have a header in Markdown, so one without gets an empty one. */
function table({ header = [], rows }: Extract<Block, { kind: 'table' }>, room: Room): string {
  const columns = Math.max(header.length, ...rows.map((row) => row.length))
  const filled = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, index) => cells[index] ?? '').join(' | ')} |`
  const written = <Cell>(cells: readonly Cell[], write: (cell: Cell) => string) => {
    const hasRoom = room.has(3 * columns + 3)
    const texts = cells.map(write)
    return hasRoom ? [filled(texts)] : []
  }
  return [
    ...written(header, (text) => room.take(text, oneLine)),
    ...written(
      Array.from({ length: columns }, () => '---'),
      (dashes) => dashes,
    ),
    ...rows.flatMap((row) => written(row, (inline) => inlineMarkdown(inline, { room, write: oneLine }))),
  ].join('\n')
}

/** The fence is longer than any in the text. */
function codeBlock({ text, language = '' }: Extract<Block, { kind: 'code' }>, room: Room): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(Math.max(3, Math.min(longest + 1, 1000)))
  if (!room.has(2 * fence.length + 32))
    return prefixed(
      '',
      room.take(text, () => ''),
    )
  const shown = room.take(text, (kept) => withoutLongFences(cleanText(kept)))
  return `${fence}${/^[\w+-]{0,30}$/.test(language) ? language : ''}\n${shown}\n${fence}`
}

/** No fence is as long as the longest that is written. */
function withoutLongFences(text: string): string {
  return text.replaceAll(/`+/g, (run) => run.slice(0, 999))
}

function inlineMarkdown(inline: Inline, { room, write }: { room: Room; write: (text: string) => string }): string {
  if (typeof inline === 'string') return room.take(inline, write)
  const text = room.take(inline.text, oneLine)
  if (inline.kind === 'strong') return text === '' ? '' : `**${text}**`
  const url = address(inline.url)
  return text === '' || !room.has(url.length + 6) ? text : `[${text}](<${url}>)`
}

/** What could end the address, or be read as an escape in it, is encoded. */
function address(url: string): string {
  return cleanText(url).replaceAll(/[\s<>\\]/g, (character) => encodeURIComponent(character))
}

function oneLine(text: string): string {
  return escaped(text.replaceAll(/\s+/g, ' ').trim())
}

/** Every punctuation mark may be escaped. A line that begins with spaces would be code. */
function escaped(text: string): string {
  return cleanText(text)
    .replaceAll(/[!-/:-@[-`{-~]/g, '\\$&')
    .replaceAll(/\\([@#])/g, '<span>$1</span>')
    .replaceAll(/^[^\S\n]+/gm, '')
}
