import { cutText } from './cut-text.ts'

/** How much text a ticketing system takes in one piece. */
export interface TextRoom {
  /** As much of the text as there is room for. */
  take(text: string): string
  /** False where there is no room for another text. */
  hasRoom(): boolean
  /** How many characters did not fit. */
  missing(): number
}

/** What a text costs besides itself: ticketing systems count their own markup, such as the bars of a table. */
const charactersPerText = 4

/** Room for so many characters, in UTF-16 units. */
export function textRoom(characters: number): TextRoom {
  let left = characters
  let missing = 0
  return {
    take(text) {
      const kept = cutText(text, Math.max(0, left - charactersPerText))
      left -= kept.length + charactersPerText
      missing += text.length - kept.length
      return kept
    },
    hasRoom: () => left > charactersPerText,
    missing: () => missing,
  }
}

/** What the last paragraph says where not everything fitted; undefined where it did. */
export function cutNotice(room: TextRoom): string | undefined {
  const missing = room.missing()
  return missing === 0
    ? undefined
    : `Cut here: ${missing.toLocaleString('en')} more characters are over what a ticket holds.`
}
