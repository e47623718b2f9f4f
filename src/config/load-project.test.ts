import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ConfigError } from '../errors/config-error.ts'
import { loadProject } from './load-project.ts'

const adder = JSON.stringify(pathToFileURL(fileURLToPath(new URL('../index.ts', import.meta.url))).href)

/** A project's folder with these files. `from 'adderjs'` in them means this package's source. */
function folderWith(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text.replaceAll("'adderjs'", adder))
  }
  return folder
}

/** The faults of a project, with places from its own folder on. */
async function faultsOf(folder: string, location = folder): Promise<string[]> {
  try {
    await loadProject(location)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    const here = `${path.relative('.', folder)}/`
    return error.faults.map(({ at, problem }) => `${at}: ${problem}`.replaceAll(here, ''))
  }
}

const config = "import { defineConfig } from 'adderjs'\nexport default defineConfig({})\n"
const automation = (name: string) =>
  `import { automation } from 'adderjs'
   export const made = automation({ name: '${name}', on: { kind: 'fire', conditions: [] }, run: async () => {} })\n`
const endpoint = (address: string) =>
  `import { endpoint, open } from 'adderjs'
   export const made = endpoint({ method: 'GET', path: '${address}', summary: 'x', auth: open(), run: () => {} })\n`

describe('a project', () => {
  test('is its configuration and what the folders beside it export, each once', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts': config,
      'automations/a.ts': `${automation('one')}\nexport const threshold = 5\nexport default made\n`,
      'automations/b.ts': `${automation('two')}\nexport { made as again } from './a.ts'\n`,
      'automations/a.test.ts': "throw new Error('a test is not loaded')",
      'automations/types.d.ts': 'declare const x: number',
      'automations/notes.md': 'not code',
      'automations/deep/c.ts': "throw new Error('a folder is not looked into')",
      'endpoints/d.js': endpoint('/d'),
    })

    const project = await loadProject(folder)

    assert.deepEqual(project.config, {})
    assert.deepEqual(
      project.automations.map(({ name }) => name),
      ['one', 'two'],
    )
    assert.deepEqual(
      project.endpoints.map((each) => each.path),
      ['/d'],
    )
  })

  test('is found by its file or by its folder, as TypeScript or JavaScript', async (t) => {
    const folder = folderWith(t, { 'adder.config.mjs': 'export default { retentionDays: 3 }' })

    const byFolder = await loadProject(folder)
    const byFile = await loadProject(path.join(folder, 'adder.config.mjs'))

    assert.equal(byFolder.config.retentionDays, 3)
    assert.equal(byFile.config.retentionDays, 3)
  })

  test('that is not there is said to be missing', async (t) => {
    const folder = folderWith(t, {})

    assert.match((await faultsOf(folder))[0] ?? '', /there is no adder\.config\.ts in this folder/)
    assert.match((await faultsOf(folder, path.join(folder, 'soc')))[0] ?? '', /there is no such file or folder/)
  })

  test('tells all its faults at once, wherever they are', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts': 'export default { sources: {}, conectors: {} }',
      'automations/a.ts': automation('Not A Name'),
      'automations/b.ts': "const x = 1\nthrow new Error('out of luck\\nand more')\n",
      'automations/c.ts': "import { missing } from './nowhere.ts'\nexport const y = missing\n",
      'automations/d.ts': 'export const z = {\n  a: 1\n  b: 2,\n}\n',
      'endpoints/e.ts': endpoint('/e/'),
      'endpoints/f.ts': endpoint('/hooks/splunk'),
      'endpoints/g.ts': endpoint('/twice'),
      'endpoints/h.ts': endpoint('/twice'),
    })

    const faults = await faultsOf(folder)

    assert.deepEqual(
      faults.map((fault) => fault.slice(0, 60)),
      [
        "automations/b.ts:2: can't be loaded: out of luck",
        `automations/c.ts: can't be loaded: Cannot find module '${folder}`.slice(0, 60),
        "automations/d.ts:3: can't be loaded: Expected ',', got 'iden",
        'config.sources: must be a list',
        'config.conectors: there is no such setting',
        'automations/a.ts, automation "Not A Name": its name must be ',
        'GET /e/: The path has to be segments of letters, digits and ',
        'GET /twice: Another endpoint has this method and path',
        'GET /hooks/splunk: Paths below /hooks and /automations are A',
      ],
    )
  })

  test('warns of what looks like a part of it and is none, and of no helper', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts': config,
      'automations/a.ts': automation('one').replace('export const made = ', ''),
      'automations/b.mts': automation('two'),
      'automations/c.ts': "import { help } from './help/me.ts'\nexport const y = help\n",
      'automations/types.ts': 'export interface X { x: 1 }',
      'automations/deep/er/d.ts': automation('three'),
      'automations/deep/words.ts': 'export const words = []',
      'automations/help/me.ts': 'export const help = () => automation({})',
    })

    const { warnings = [] } = await loadProject(folder)

    assert.deepEqual(
      warnings.map((warning) => warning.replaceAll(`${path.relative('.', folder)}/`, '')),
      [
        'automations/a.ts exports nothing, so its automation does nothing. Write export before it.',
        'automations/b.mts is not loaded. Name it .ts, .js or .mjs.',
        'automations/deep/er/d.ts is not loaded. Move it into automations itself.',
      ],
    )
  })

  test('is told how an import is mended', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts': config,
      'automations/a.ts': "import { x } from './b'\nexport const y = x\n",
      'automations/b.ts': 'export const x = 1',
    })

    assert.match(
      (await faultsOf(folder)).join('\n'),
      /^automations\/a\.ts: can't be loaded: .*; write the ending: \.\/b\.ts$/,
    )
  })

  test('names the files of automations and suppressions that are at fault', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts': config,
      'automations/a.ts': automation('one'),
      'automations/b.ts': automation('one'),
      'automations/c.ts': automation('x').replace("name: 'x', ", ''),
      'automations/d.ts': `import { suppression, ticketCreated } from 'adderjs'
        const common = { name: 'quiet', on: ticketCreated(), reason: 'a move', owner: 'mara', until: '2020-01-01T00:00Z' }
        export const [one, two] = [suppression(common), suppression(common)]`,
    })

    assert.deepEqual(await faultsOf(folder), [
      'automations/b.ts, automation "one": another automation has the same name, in automations/a.ts',
      'automations/c.ts, automation without a name: its name must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter',
      'automations/d.ts, suppression "quiet": another suppression has the same name, in automations/d.ts',
    ])
  })

  test('whose configuration can’t be loaded is not said to lack what may be in it', async (t) => {
    const folder = folderWith(t, {
      'adder.config.ts':
        "import { ConfigError } from 'adderjs'\nthrow new ConfigError([{ at: 'jira.url', problem: 'no' }])",
      'automations/a.ts':
        "import { automation, ticketCreated } from 'adderjs'\nexport const a = automation({ name: 'a', on: ticketCreated(), enrich: [] })",
    })

    assert.deepEqual(await faultsOf(folder), ['adder.config.ts, jira.url: no'])
  })

  test('needs a default export', async (t) => {
    const folder = folderWith(t, { 'adder.config.ts': 'export const config = {}' })

    assert.deepEqual(await faultsOf(folder), [
      'adder.config.ts: has no default export; end it with `export default config`',
    ])
  })
})
