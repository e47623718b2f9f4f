import { styleText } from 'node:util'

/** What the demo shows: lines of at most 80 characters, with colours only where they can be seen (`NO_COLOR`, pipes). */
export interface Screen {
  /** Something that happened: the seconds since the start, a mark, the text, and where to look. */
  say(mark: string, text: string, address?: string): void
  print(line?: string): void
}

/** Before the text of each line stand the seconds and the mark. */
const margin = ' '.repeat(11)
const width = 80 - margin.length

/** @param quiet shows nothing. */
export function screen({ quiet }: { quiet: boolean }): Screen {
  const startedAt = performance.now()

  function print(line = ''): void {
    if (!quiet) console.log(line)
  }

  return {
    print,
    say(mark, text, address) {
      const [first = '', ...rest] = wrap(text, width)
      const seconds = `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s`
      print(`${styleText('dim', seconds)} ${mark} ${first}`)
      for (const line of rest) print(margin + line)
      if (address !== undefined) print(margin + styleText('dim', address))
    },
  }
}

/** Text in lines of at most this many characters, broken at spaces; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
