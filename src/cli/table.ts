/** The width that the tables keep to: that of a terminal nobody has made wider. */
export const width = 80

export interface Column<Row> {
  title: string
  cell(row: Row): string
}

/** A table for people: columns as wide as their longest cell, parted by two spaces, lines of 80 characters at most. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => plain(cell(row))))]
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)))
  return lines
    .map((cells) => cutTo(width, cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')))
    .join('\n')
}

/** A text on one line, without what could move a terminal's cursor. */
export function plain(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
}

export function cutTo(length: number, line: string): string {
  const trimmed = line.trimEnd()
  return trimmed.length > length ? `${trimmed.slice(0, length - 1)}…` : trimmed
}

/**
 * A text in lines of 80 characters at most, each but the first indented.
 *
 * @param first where the first line begins, when that is not at the indent.
 */
export function wrapped(text: string, indent: number, first = indent): string {
  const lines: string[] = []
  let line = ''
  let begin = first
  for (const word of plain(text).split(' ')) {
    if (line !== '' && begin + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
      begin = indent
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

/** `2026-11-24 14:02:11`: the tables' times are in UTC. */
export function shownTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}
