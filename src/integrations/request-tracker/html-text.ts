/** Elements that stand on lines of their own. */
const blocks = new Set([
  ...['p', 'div', 'pre', 'blockquote', 'table', 'tr', 'ul', 'ol', 'li', 'hr', 'br'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
])

/** Elements whose content is no text. */
const silent = new Set(['script', 'style', 'head', 'title'])

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/**
 * The text of HTML as people write it in RT, one line per block; a link shows its address where its text does not. Takes
 * time in proportion to the length, whatever the markup.
 */
export function htmlText(markup: string): string {
  const written = writer()
  for (let at = 0; at < markup.length; ) {
    const open = markup.indexOf('<', at)
    written.text(markup.slice(at, open === -1 ? undefined : open))
    if (open === -1) break
    const isComment = markup.startsWith('<!--', open)
    const close = markup.indexOf(isComment ? '-->' : '>', open)
    if (close === -1) break
    at = close + (isComment ? 3 : 1)
    const tag = isComment ? undefined : readTag(markup.slice(open, at))
    if (tag === undefined) continue
    written.tag(tag)
    if (silent.has(tag.name) && !tag.isEnd) {
      const end = markup.slice(at).search(new RegExp(`</${tag.name}`, 'i'))
      if (end === -1) break
      at += end
    }
  }
  return written.whole()
}

interface Tag {
  name: string
  isEnd: boolean
  href: string | undefined
}

function readTag(markup: string): Tag | undefined {
  const [, slash, name] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(markup) ?? []
  if (name === undefined) return undefined
  const [, double, single, bare] = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(markup) ?? []
  const href = double ?? single ?? bare
  return { name: name.toLowerCase(), isEnd: slash === '/', href: href === undefined ? undefined : decoded(href) }
}

function writer() {
  const parts: string[] = []
  let link: { href: string; text: string[] } | undefined
  let isPre = false
  let isFirstCell = true

  function add(part: string): void {
    parts.push(part)
    link?.text.push(part)
  }

  return {
    text(raw: string): void {
      if (raw === '') return
      const spaced = isPre ? raw : raw.replaceAll(/[ \t\r\n]+/g, ' ')
      add(decoded(!isPre && parts.at(-1)?.endsWith('\n') ? spaced.trimStart() : spaced))
    },
    tag({ name, isEnd, href }: Tag): void {
      if (name === 'pre') isPre = !isEnd
      if (name === 'tr') isFirstCell = true
      if ((name === 'td' || name === 'th') && !isEnd) {
        if (!isFirstCell) add(': ')
        isFirstCell = false
      }
      if (blocks.has(name)) add('\n')
      if (name !== 'a') return
      if (link !== undefined && link.text.join('').trim() !== link.href) parts.push(` (${link.href})`)
      link = isEnd || href === undefined ? undefined : { href, text: [] }
    },
    whole: () => tidied(parts.join('')),
  }
}

/** Without empty lines, and without the spaces that stand at the end of a line or of the whole. */
function tidied(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n')
    .trim()
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}
