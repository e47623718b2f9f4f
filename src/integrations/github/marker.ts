/**
 * A marker where GitHub keeps it and shows it to nobody: a comment of HTML at the end of the text. GitHub gives back what
 * was written, so it is found again in `body`.
 */
export function withMarker(text: string, marker: string): string {
  return `${text}\n\n${hidden(marker)}`
}

/** The marker that a text ends with. Whoever may edit the text can take it away, or copy it to another one. */
export function markerOf(text: string | null | undefined): string | undefined {
  return /<!-- (adder-[0-9a-f]{24}) -->\s*$/.exec(text ?? '')?.[1]
}

/** The text without it. */
export function withoutMarker(text: string | null | undefined): string {
  const written = text ?? ''
  const trimmed = written.trimEnd()
  const marker = /<!-- adder-[0-9a-f]{24} -->$/.exec(trimmed)
  return marker === null ? written : trimmed.slice(0, marker.index).trimEnd()
}

function hidden(marker: string): string {
  return `<!-- ${marker} -->`
}
