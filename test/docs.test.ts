import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { runProgram, startProgram } from './package/program.ts'
import { root } from './support/adder-process.ts'
import { until } from './support/until.ts'

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** Whatever a reader of the repository finds: the guides, and the README of each folder. */
const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/README.md', 'examples/**/README.md', 'bench/**/*.md'], {
  cwd: root,
})
const examples = globSync('examples/**/*.ts', { cwd: root }).map(read)
const connectors = globSync('src/integrations/*/connector.ts', { cwd: root }).map(read)

describe('the documentation', () => {
  test('has TypeScript that compiles, or that is part of an example or of a connector', {
    timeout: 120_000,
  }, async (t) => {
    // Inside the repository, where `adderjs` is this package.
    const folder = mkdtempSync(path.join(root, '.docs-blocks-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const blocks = pages.flatMap((page) => placed(blocksIn(page, 'ts').filter(({ text }) => !isElsewhere(text))))
    for (const { file, text } of blocks) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), text)
    }
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: { moduleDetection: 'force', noUnusedLocals: false, noUnusedParameters: false },
        include: ['**/*.ts'],
      }),
    )

    const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
    const { output } = await runProgram(process.execPath, [compiler, '-p', folder], { cwd: root })

    assert.ok(blocks.length >= 4, `only ${blocks.length} blocks were found`)
    assert.equal(output, '')
  })

  test('links to files that are there', () => {
    const dead = pages.flatMap((page) =>
      linksIn(read(page))
        .filter((link) => !existsSync(path.join(root, path.dirname(page), link)))
        .map((link) => `${page}: ${link}`),
    )

    assert.deepEqual(dead, [])
  })

  test('lists each page of docs in docs/README.md', () => {
    const listed = new Set(linksIn(read('docs/README.md')))

    assert.deepEqual(
      globSync('*.md', { cwd: path.join(root, 'docs') }).filter((page) => page !== 'README.md' && !listed.has(page)),
      [],
    )
  })

  test('lists each dependency in docs/dependencies.md, and no other', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    > // all three are maps of names
    const engines = Object.keys(optionalDependencies ?? {}).map((name) => name.replace(/server-.*/, 'server-*'))
    const named = [...read('docs/dependencies.md').matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, names = '']) =>
      names.split(', ').map((name) => name.replaceAll('`', '')),
    )

    assert.deepEqual(
      named.toSorted(),
      [...new Set([...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {}), ...engines])].toSorted(),
    )
  })
})

describe('CONTRIBUTING.md', () => {
  test('shows a connector that is AbuseIPDB’s, which has under 60 lines', () => {
    const connector = read('src/integrations/abuseipdb/connector.ts')

    assert.deepEqual(
      blocksIn('CONTRIBUTING.md', 'ts').map(({ text }) => connector.includes(text)),
      [true],
    )
    assert.ok(connector.trimEnd().split('\n').length < 60)
  })
})

describe('README.md', () => {
  test('shows automations that are those of examples/talk', () => {
    const blocks = blocksIn('README.md', 'ts')

    assert.ok(blocks.length > 0)
    assert.deepEqual(
      blocks.filter(({ text }) => !isExample(text)),
      [],
    )
  })

  test('shows what the demo says', { timeout: 120_000 }, async () => {
    const [shown] = blocksIn('README.md', 'text')
    const args = ['--conditions=adder-source', 'src/cli/main.ts', 'demo']
    const { child, ended, output } = startProgram(process.execPath, args, { cwd: root })

    await until('the ticket has its answers', () => output().includes('has its answers'), { shown: output })

    child.kill('SIGINT')
    assert.equal((await ended).code, 0)
    const said = new Set(output().split('\n').map(withoutChance))
    const lines = shown?.text.trimEnd().split('\n').map(withoutChance) ?? []
    assert.ok(lines.length > 10)
    assert.deepEqual(
      lines.filter((line) => !said.has(line)),
      [],
    )
  })
})

interface Block {
  /** `docs-sources-1`. */
  name: string
  text: string
}

function blocksIn(page: string, language: string): Block[] {
  const fences = [...read(page).matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)]
  return fences.flatMap(([, indent = '', tag, text = ''], index) =>
    tag === language
      ? [
          {
            name: `${page.replaceAll(/\W+/g, '-').replace(/-md$/, '')}-${index + 1}`,
            text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
          },
        ]
      : [],
  )
}

/**
 * The file of each block. One that begins with a path of its own, `// automations/denied.ts`, is in one project with
 * those directly before and after it that do.
 */
function placed(blocks: readonly Block[]): { file: string; text: string }[] {
  let project: string | undefined
  return blocks.map(({ name, text }) => {
    const [, own] = /^\/\/ ([\w./-]+\.ts)\n/.exec(text) ?? []
    project = own === undefined ? undefined : (project ?? name)
    return { file: project === undefined || own === undefined ? `${name}.ts` : path.join(project, own), text }
  })
}

function isElsewhere(text: string): boolean {
  return isExample(text) || connectors.some((connector) => connector.includes(text))
}

/** Excerpts of the examples are compiled there; on their own they would lack the example's configuration. */
function isExample(text: string): boolean {
  return examples.some((example) => example.includes(text))
}

function linksIn(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source ?? '',
  )
  return targets.filter((target) => !/^(?:[a-z]+:|#)/.test(target)).map((target) => target.replace(/#.*/, ''))
}

/** The line without what differs from run to run: times, ports and tokens. */
function withoutChance(line: string): string {
  return line
    .trimEnd()
    .replaceAll(/\d+\.\d+ s/g, '… s')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:…')
    .replaceAll(/[\w-]{32}(?= {3}for )/g, '…')
    .replaceAll(/ +/g, ' ')
}
