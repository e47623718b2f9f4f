import * as z from 'zod'

/** A value of a search: what no quotation marks can make safe is refused. */
const Value = z
  .string('is no text')
  .min(1, 'is empty, which would leave the search without it')
  .max(1000)
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'holds control characters')
  .refine((value) => !value.includes('*'), 'holds *, which stands for anything and which SPL can not escape')
  .refine((value) => !isAddressRange(value), 'is a range of addresses, which stands for any of them')

/** What `spl` makes, as the text that Splunk is sent. */
export const SplQuery = z
  .object({ parts: z.array(z.string().max(4000)).min(1).max(101), values: z.array(Value).max(100) })
  .refine(({ parts, values }) => parts.length === values.length + 1, 'was not made by spl')
  .refine(hasValuesOutsideQuotes, 'has a value inside quotation marks or backquotes; spl`…` writes the marks itself')
  .transform(searchText)
  .refine((text) => text.length <= 4000, 'has more than 4,000 characters')

/** A search whose values are kept apart from its text until it is sent. */
export type Spl = z.input<typeof SplQuery>

/**
 * A search in SPL whose values can't leave their place: spl`index=main user=${user} | stats count by src`.
 *
 * A text is written in quotation marks, in which backslashes and quotation marks are escaped, and pipes, brackets and
 * backquotes mean nothing; write none around it. A number is written as it is. The look-up refuses what stays dangerous
 * inside the marks, and sends nothing then: an empty text, `*` (the `search` command's wildcard, which can't be escaped),
 * a range of addresses such as `10.0.0.0/8`, control characters, more than 1,000 characters. So does a value inside
 * quotation marks, single ones too, or inside the backquotes of a macro, whose arguments lose their marks.
 *
 * A value is a text and nothing else: where a command takes it for a pattern (`rex`, `like`, `match`), it still is one.
 * The text around the values is the author's, and is written as in Splunk, except that backquotes are \`.
 *
 * https://help.splunk.com/en/splunk-enterprise/search/search-manual/9.4/search-primer/backslashes and "Use search macros
 * in searches" (read in November 2026)
 */
export function spl({ raw }: TemplateStringsArray, ...values: readonly (string | number)[]): Spl {
  const texts = raw.map((text) => text.replaceAll(/\\([`$])/g, '$1'))
  const parts = [texts[0] ?? '']
  const quoted: string[] = []
  for (const [index, value] of values.entries()) {
    const next = texts[index + 1] ?? ''
    if (typeof value === 'number') parts.push(`${parts.pop()}${value}${next}`)
    else {
      quoted.push(value)
      parts.push(next)
    }
  }
  return { parts, values: quoted }
}

/** The `search` command reads such a value as all addresses in it. */
function isAddressRange(value: string): boolean {
  return /^(?=.*[.:])[\da-f.:]+\/\d{1,3}$/i.test(value)
}

/** A value stands where a text may begin: everything that was opened before it is closed. */
function hasValuesOutsideQuotes({ parts }: { parts: readonly string[] }): boolean {
  let opened: string | undefined
  for (const part of parts.slice(0, -1)) {
    for (const [mark] of part.matchAll(/\\.|["'`]/gs)) {
      if (opened === undefined && mark.length === 1) opened = mark
      else if (mark === opened) opened = undefined
    }
    if (opened !== undefined) return false
  }
  return true
}

/** Splunk's API has a search begin with a command, which its page leaves out where it is `search`. */
function searchText({ parts, values }: { parts: readonly string[]; values: readonly string[] }): string {
  const text = parts.reduce((built, part, index) => `${built}${quoted(values[index - 1] ?? '')}${part}`).trim()
  return /^(?:\||search\s)/i.test(text) ? text : `search ${text}`
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}
