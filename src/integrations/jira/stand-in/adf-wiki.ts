import type { AdfNode } from '../adf.ts'

/** The document as wiki markup, the form in which webhooks carry rich text. */
export function adfWiki(node: AdfNode): string {
  const children = (node.content ?? []).map(adfWiki)
  switch (node.type) {
    case 'doc':
      return children.join('\n\n')
    case 'text':
      return marked(node)
    case 'hardBreak':
      return '\n'
    case 'heading':
      return `h${node.attrs?.level ?? 3}. ${children.join('')}`
    case 'codeBlock':
      return `{code${node.attrs?.language ? `:${node.attrs.language}` : ''}}${children.join('')}{code}`
    case 'table':
      return children.join('\n')
    case 'tableRow':
      return tableRow(node)
    case 'bulletList':
      return children.map((item) => `* ${item}`).join('\n')
    case 'orderedList':
      return children.map((item) => `# ${item}`).join('\n')
    case 'rule':
      return '----'
    default:
      return children.join('')
  }
}

function tableRow({ content = [] }: AdfNode): string {
  const bar = content.every(({ type }) => type === 'tableHeader') ? '||' : '|'
  return `${bar}${content.map((cell) => adfWiki(cell).replaceAll('\n', ' ')).join(bar)}${bar}`
}

function marked({ text = '', marks = [] }: AdfNode): string {
  const href = marks.find(({ type }) => type === 'link')?.attrs?.href
  if (typeof href === 'string') return href === text ? `[${href}]` : `[${text}|${href}]`
  return marks.some(({ type }) => type === 'strong') ? `*${text}*` : text
}
