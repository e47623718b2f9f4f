/**
 * Of a value what Jenkins' `tree` asks for: names with commas between them, what is below a name in brackets, and a
 * range of a list in braces: `allBuilds[number,url]{0,300}`. Throws where it can't be read.
 *
 * https://www.jenkins.io/doc/book/using/remote-access-api/#depth-control
 */
export function pickTree(value: unknown, tree: string): unknown {
  const tokens = tree.match(/[A-Za-z]\w*|[[\],]|\{\d+,\d+\}/g) ?? []
  if (tokens.join('') !== tree) throw new Error(`This is no tree: ${tree}`)
  return pickNames(value, tokens)
}

function pickNames(value: unknown, tokens: string[]): unknown {
  const picked: Record<string, unknown> = {}
  do {
    const name = tokens.shift() ?? ''
    const children = nested(tokens)
    const [, from = 0, to] = /^\{(\d+),(\d+)\}$/.exec(tokens[0] ?? '') ?? []
    if (to !== undefined) tokens.shift()
    if (!isObject(value) || !(name in value)) continue
    const child = value[name]
    const ranged = Array.isArray(child) && to !== undefined ? child.slice(Number(from), Number(to)) : child
    picked[name] = children === undefined ? ranged : pickEach(ranged, children)
  } while (tokens.shift() === ',')
  return picked
}

/** The tokens between the brackets that come next, which are taken away. */
function nested(tokens: string[]): string[] | undefined {
  if (tokens[0] !== '[') return undefined
  let depth = 0
  const end = tokens.findIndex((token) => {
    depth += token === '[' ? 1 : token === ']' ? -1 : 0
    return depth === 0
  })
  return tokens.splice(0, end + 1).slice(1, -1)
}

function pickEach(value: unknown, tokens: readonly string[]): unknown {
  return Array.isArray(value) ? value.map((each) => pickNames(each, [...tokens])) : pickNames(value, [...tokens])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
