import * as z from 'zod'

/** Deeper than Jira's editor nests; what lies below is left out. */
const maxDepth = 40

const blocks = new Set([
  'paragraph',
  'heading',
  'codeBlock',
  'blockquote',
  'panel',
  'listItem',
  'tableRow',
  'rule',
  'expand',
])

const Node = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.array(z.unknown()).optional(),
  attrs: z.record(z.string(), z.unknown()).optional(),
  marks: z.array(z.looseObject({ type: z.string(), attrs: z.record(z.string(), z.unknown()).optional() })).optional(),
})

/**
 * The text of a document in the Atlassian Document Format, one line per block; a link shows its address where its
 * text does not. Empty for anything that is no such document; nodes that it does not know show what they contain.
 */
export function adfText(document: unknown): string {
  return nodeText(document, 0)
    .replaceAll(/\n{2,}/g, '\n')
    .trim()
}

function nodeText(value: unknown, depth: number): string {
  const parsed = Node.safeParse(value)
  if (!parsed.success || depth > maxDepth) return ''
  const { type, text, content = [], attrs = {}, marks } = parsed.data
  if (text !== undefined) return text + linkAddress(text, marks)
  if (type === 'hardBreak') return '\n'
  if (content.length === 0) return [attrs.text, attrs.url].filter((shown) => typeof shown === 'string')[0] ?? ''
  const parts = content.map((child) => nodeText(child, depth + 1))
  if (type === 'tableRow') return `${parts.map((part) => part.trim()).join(': ')}\n`
  return parts.join('') + (blocks.has(type) ? '\n' : '')
}

function linkAddress(text: string, marks: z.infer<typeof Node>['marks']): string {
  const href = marks?.find(({ type }) => type === 'link')?.attrs?.href
  return typeof href === 'string' && href !== text ? ` (${href})` : ''
}
