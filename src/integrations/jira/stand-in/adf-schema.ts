import * as z from 'zod'
import type { AdfNode } from '../adf.ts'

/**
 * The part of the Atlassian Document Format that Adder writes, as strict as Jira: no empty texts, no unknown nodes,
 * marks or attributes, and only web addresses as links.
 *
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */

const Link = z.strictObject({
  type: z.literal('link'),
  attrs: z.strictObject({ href: z.url({ protocol: /^https?$/ }), title: z.string().optional() }),
})

const Mark = z.discriminatedUnion('type', [
  Link,
  z.strictObject({ type: z.enum(['strong', 'em', 'code', 'strike', 'underline']) }),
])

const Text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), marks: z.array(Mark).optional() })
const PlainText = Text.omit({ marks: true })
const HardBreak = z.strictObject({ type: z.literal('hardBreak') })
const inline = z.array(z.discriminatedUnion('type', [Text, HardBreak]))

const Paragraph = z.strictObject({ type: z.literal('paragraph'), content: inline.optional() })

const Heading = z.strictObject({
  type: z.literal('heading'),
  attrs: z.strictObject({ level: z.number().int().min(1).max(6) }),
  content: inline.optional(),
})

const CodeBlock = z.strictObject({
  type: z.literal('codeBlock'),
  attrs: z.strictObject({ language: z.string().optional() }).optional(),
  content: z.array(PlainText).optional(),
})

const Rule = z.strictObject({ type: z.literal('rule') })

const Cell = z.strictObject({
  type: z.enum(['tableHeader', 'tableCell']),
  attrs: z.strictObject({}).optional(),
  content: z.array(z.discriminatedUnion('type', [Paragraph, CodeBlock, Heading])).min(1),
})

const Table = z.strictObject({
  type: z.literal('table'),
  attrs: z.strictObject({ isNumberColumnEnabled: z.boolean().optional(), layout: z.string().optional() }).optional(),
  content: z.array(z.strictObject({ type: z.literal('tableRow'), content: z.array(Cell).min(1) })).min(1),
})

const ListItem = z.strictObject({ type: z.literal('listItem'), content: z.array(Paragraph).min(1) })

const List = z.strictObject({ type: z.enum(['bulletList', 'orderedList']), content: z.array(ListItem).min(1) })

export const AdfDocumentSchema = z.strictObject({
  type: z.literal('doc'),
  version: z.literal(1),
  content: z.array(z.discriminatedUnion('type', [Paragraph, Heading, CodeBlock, Rule, Table, List])),
})

/** What Jira says of a document that it does not take; undefined where it does. */
export function documentFault(value: unknown): string | undefined {
  if (!AdfDocumentSchema.safeParse(value).success)
    return 'Operation value must be an Atlassian Document (see the Atlassian Document Format)'
  if (charactersOf(value) > 32_767)
    return 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.'
  return undefined
}

function charactersOf(value: unknown): number {
  // Checked by the schema before.
  const node = value as AdfNode
  return (node.text?.length ?? 0) + (node.content ?? []).reduce((sum, child) => sum + charactersOf(child), 0)
}
