import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What each room may import, by its name; the table in CONTRIBUTING.md is the only one. */
type Table = ReadonlyMap<string, readonly string[]>

interface SourceFile {
  /** Below the repository, with slashes. */
  file: string
  text: string
}

describe('the rooms of src', () => {
  const table = tableOf(readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8'))
  const sources = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(path.join(root, file), 'utf8') }))

  test('are those that the table in CONTRIBUTING.md lists', () => {
    const rooms = new Set(sources.map(({ file }) => roomOf(file)))

    assert.deepEqual([...table.keys()].sort(), [...rooms].sort())
  })

  test('import only what their row in the table says', () => {
    assert.deepEqual(sources.flatMap((source) => roomFaults(source, table)).join('\n'), '')
  })

  test('do not wait for each other in a circle', () => {
    const circles = [...table.keys()].filter((room) => reachable(room, table).has(room))

    assert.deepEqual(circles, [])
  })

  test('leave Restate to the engine', () => {
    const strangers = sources.filter(({ file, text }) => roomOf(file) !== 'engine' && /['"]@restatedev\//.test(text))

    assert.deepEqual(
      strangers.map(({ file }) => file),
      [],
    )
  })
})

describe('the check of the rooms', () => {
  const table: Table = new Map([
    ['errors', []],
    ['connectors', ['errors']],
    ['integrations', ['connectors']],
  ])

  const faulty: [string, string, string, string][] = [
    ['an import', 'src/errors/a.ts', "import { b } from '../connectors/b.ts'", '"errors" may import nothing'],
    ['a type', 'src/errors/a.ts', "import type { B } from '../connectors/b.ts'", '"errors" may import nothing'],
    ['a re-export', 'src/connectors/a.ts', "export * from '../integrations/x/b.ts'", 'may import errors'],
    ['an import over lines', 'src/errors/a.ts', "import {\n  b,\n} from '../connectors/b.ts'", 'may import nothing'],
    ['an import when it is needed', 'src/errors/a.ts', "await import('../connectors/b.ts')", 'may import nothing'],
    ['an import for its effect', 'src/errors/a.ts', "import '../connectors/b.ts'", 'may import nothing'],
    ['a merged declaration', 'src/errors/a.ts', "declare module '../connectors/b.ts' {}", 'may import nothing'],
    ['a neighbour', 'src/integrations/x/a.ts', "import { b } from '../y/b.ts'", 'never imports another integration'],
    ['this package itself', 'src/errors/a.ts', "import { b } from 'adderjs/jira'", 'by its path'],
    ['the tests', 'src/errors/a.ts', "import { b } from '../../test/b.ts'", 'outside src'],
  ]
  for (const [what, file, text, rule] of faulty) {
    test(`finds ${what}, and names the file, the import and the rule`, () => {
      const [fault = '', ...more] = roomFaults({ file, text }, table)

      assert.ok(fault.startsWith(`${file} imports `), fault)
      assert.ok(fault.includes(rule), fault)
      assert.deepEqual(more, [])
    })
  }

  test('finds nothing wrong with what a room may import, its own files, and packages', () => {
    const allowed = ["'../../connectors/a.ts'", "'./b.ts'", "'../x/c.ts'", "'node:fs'", "'zod'", "'@fastify/swagger'"]
    const text = `// import { d } from '../y/d.ts'\n${allowed.map((from) => `import { a } from ${from}`).join('\n')}`

    assert.deepEqual(roomFaults({ file: 'src/integrations/x/a.ts', text }, table), [])
  })
})

function tableOf(markdown: string): Table {
  const [, rows = ''] = markdown.split('| room | may import |\n|---|---|\n')
  const lines = rows.split('\n\n')[0]?.split('\n') ?? []
  return new Map(
    lines.map((line) => {
      const [, room = '', imports = ''] = line.split('|').map((cell) => cell.trim())
      return [room, imports.split(', ').filter((name) => name !== '')]
    }),
  )
}

/** `src/engine/steps.ts` is in the room `engine`, and `src/app.ts` is a room by itself. */
function roomOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? ''
}

function roomFaults({ file, text }: SourceFile, table: Table): string[] {
  return importsIn(text).flatMap((specifier) => {
    const rule = brokenRule(file, specifier, table)
    return rule === undefined ? [] : [`${file} imports ${specifier}, but ${rule}`]
  })
}

function brokenRule(file: string, specifier: string, table: Table): string | undefined {
  if (/^adderjs(?:\/|$)/.test(specifier)) return 'a room imports another file by its path'
  if (!specifier.startsWith('.')) return undefined
  const target = path.posix.join(path.posix.dirname(file), specifier)
  if (!target.startsWith('src/')) return 'nothing outside src is part of the package'
  const [from, to] = [roomOf(file), roomOf(target)]
  if (from === to) {
    const isNeighbour = from === 'integrations' && file.split('/')[2] !== target.split('/')[2]
    return isNeighbour ? 'an integration never imports another integration' : undefined
  }
  const allowed = table.get(from) ?? []
  return allowed.includes(to) ? undefined : `"${from}" may import ${allowed.join(', ') || 'nothing'}`
}

/** Whatever a file imports, types included. The formatter sees to it that there is one way to write an import. */
function importsIn(text: string): string[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  const forms = [
    /\bfrom '([^']+)'/g,
    /\bimport\(\s*'([^']+)'/g,
    /^\s*import '([^']+)'/gm,
    /\bdeclare module '([^']+)'/g,
  ]
  return forms.flatMap((form) => [...code.matchAll(form)].map(([, specifier = '']) => specifier))
}

function reachable(room: string, table: Table): Set<string> {
  const found = new Set<string>()
  const next = [...(table.get(room) ?? [])]
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (found.has(name)) continue
    found.add(name)
    next.push(...(table.get(name) ?? []))
  }
  return found
}
