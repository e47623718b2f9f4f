import { cleanText } from './clean-text.ts'

/** At most this many UTF-16 units, never half of a character. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const kept = text.slice(0, maxLength)
  return kept.isWellFormed() ? kept : kept.slice(0, -1)
}

/** A summary on one line, cut with an ellipsis where it is longer; empty where there is nothing to read in it. */
export function oneLine(text: string, maxLength: number): string {
  const line = cleanText(text).replaceAll(/\s+/g, ' ').trim()
  return line.length <= maxLength ? line : `${cutText(line, maxLength - 1)}…`
}
