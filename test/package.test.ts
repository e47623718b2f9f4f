import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as z from 'zod'
import { knownFiles, startVirusTotal } from '../src/integrations/virustotal/stand-in.ts'
import { outputOf, runProgram, startProgram } from './package/program.ts'
import { strangersProject } from './package/strangers-project.ts'
import { root } from './support/adder-process.ts'
import { until } from './support/until.ts'

const node = process.execPath
const secrets = {
  SPLUNK_HOOK_TOKEN: 'a-token-of-splunk',
  VT_API_KEY: 'a-key-of-virustotal',
  ADDER_TOKEN: 'a-token-of-the-stranger',
}

const DemoTicket = z.object({ ticket: z.object({ key: z.string() }), comments: z.array(z.string()) })
const DemoTour = z.object({ tour: z.array(z.object({ stop: z.string() })) })

describe('the package, installed into an empty folder', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-package-'))
  const home = path.join(folder, 'project')
  const installed = path.join(home, 'node_modules/adderjs')
  const adder = path.join(installed, 'bin/adder.js')
  after(() => rmSync(folder, { recursive: true, force: true }))

  before(async () => {
    const tarball = await pack(path.join(folder, 'checkout'))
    for (const [name, text] of Object.entries(strangersProject(path.join(root, 'node_modules/@types')))) {
      mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
      writeFileSync(path.join(home, name), text)
    }
    await outputOf('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund'], { cwd: home })
  })

  test('holds the compiled code, its licence and its readme, and no test', () => {
    const files = globSync('**/*', { cwd: installed }).filter((file) => statSync(path.join(installed, file)).isFile())

    const others = files.filter((file) => !/^(?:bin|dist)\/.*\.js$|^dist\/.*\.d\.ts$/.test(file))
    const ansible = ['inventory', 'playbooks/block-file.yml'].map((file) => `dist/examples/tour/ansible/${file}`)
    assert.deepEqual(others.toSorted(), ['LICENSE', 'README.md', ...ansible, 'package.json'])
    assert.deepEqual(
      files.filter((file) => /\.test\./.test(file)),
      [],
    )
  })

  test('has types that know the connectors of the project', async () => {
    const output = await outputOf(node, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: home })

    assert.equal(output, '')
  })

  for (const example of ['talk', 'jobs'])
    test(`lets examples/${example} be checked by the compiler as docs/project.md shows, declarations too`, async () => {
      const copy = path.join(folder, example)
      cpSync(path.join(root, 'examples', example), copy, { recursive: true })
      symlinkSync(path.join(home, 'node_modules'), path.join(copy, 'node_modules'))
      writeFileSync(path.join(copy, 'package.json'), JSON.stringify({ type: 'module' }))
      writeFileSync(path.join(copy, 'tsconfig.json'), shownCompilerOptions())
      const typeRoots = path.join(root, 'node_modules/@types')
      const compiler = path.join(root, 'node_modules/typescript/bin/tsc')

      const output = await outputOf(node, [compiler, '-p', '.', '--declaration', '--typeRoots', typeRoots], {
        cwd: copy,
      })

      assert.equal(output, '')
    })

  test('checks a project that is written in TypeScript', async () => {
    const output = await outputOf(node, [adder, 'check'], { cwd: home, env: secrets })

    assert.match(output, /POST \/hooks\/splunk.*POST \/automations\/asked\/runs.*Nothing is wrong/s)
  })

  test('names every secret that the environment lacks', async () => {
    const { code, output } = await runProgram(node, [adder, 'check'], { cwd: home })

    assert.equal(code, 1)
    assert.deepEqual(
      Object.keys(secrets).filter((name) => !output.includes(name)),
      [],
    )
  })

  test('shows the demo', async () => {
    const output = await outputOf(node, [adder, 'demo', '--json'], { cwd: home })

    const { ticket, comments } = DemoTicket.parse(JSON.parse(output))
    assert.equal(ticket.key, 'SEC-1')
    assert.deepEqual(comments.map((text) => text.split(':')[0]).toSorted(), ['Active Directory', 'VirusTotal'])
  })

  test('shows the tour', async () => {
    const output = await outputOf(node, [adder, 'demo', '--tour', '--json'], { cwd: home })

    const { tour } = DemoTour.parse(JSON.parse(output))
    assert.deepEqual(
      tour.map(({ stop }) => stop).filter((stop) => stop !== 'ansible'),
      ['splunk', 'github', 'jenkins'],
    )
  })

  test('runs automations for an alert of Splunk and for a request', async (t) => {
    const virusTotal = await startVirusTotal({ apiKey: secrets.VT_API_KEY })
    const verdicts = path.join(folder, 'verdicts')
    const started = startProgram(node, [adder, 'start', '--data', path.join(folder, 'data'), '--port', '0'], {
      cwd: home,
      env: { ...secrets, VT_URL: virusTotal.url, VERDICTS: verdicts },
    })
    t.after(async () => {
      started.child.kill('SIGINT')
      await started.ended
      await virusTotal.close()
    })
    const shown = started.output
    const url = await until('Adder listens', () => /"url":"([^"]+)"/.exec(shown())?.[1], { shown })

    const alert = await post(`${url}/hooks/splunk/${secrets.SPLUNK_HOOK_TOKEN}`, {
      sid: 'scheduler__admin__search__RMD5e1f2a3b4c5d6e7f80_at_4000000000_178',
      search_name: 'MockScan Alert',
      app: 'search',
      owner: 'admin',
      results_link: 'http://splunk.example:8000/app/search',
      result: { user: 'mlisa', md5: knownFiles.malicious.md5 },
    })
    // The door is open before the engine is there; what waits for its answer has to wait for the engine.
    await until('the engine is there', () => shown().includes('"msg":"started"'), { shown })
    const request = await post(`${url}/automations/asked/runs`, { md5: '0'.repeat(32) }, secrets.ADDER_TOKEN)

    assert.deepEqual([alert.status, request.status], [202, 202])
    const lines = await until('both runs have written', () => linesOf(verdicts, 2), { shown })
    assert.deepEqual(lines.toSorted(), ['asked: not_found', 'mlisa: 48/60'])
  })

  const tooOld = [
    ['the last Node of another line', '22.99.0'],
    ['an early Node 24', '24.11.9'],
  ] as const
  for (const [what, version] of tooOld) {
    test(`says in one sentence that ${what} is too old`, async () => {
      const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
      const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, adder, 'check']

      const { code, output } = await runProgram(node, args, { cwd: home })

      assert.equal(code, 1)
      assert.equal(output, sentenceFor(version))
    })
  }

  test('is read as far as that sentence by an older Node that is really one', async (t) => {
    const old = await oldNode()
    if (old === undefined) return t.skip('NO OLD NODE: this machine has none to try')

    const { code, output } = await runProgram(old.file, [adder, 'check'], { cwd: home })

    assert.equal(code, 1)
    assert.equal(output, sentenceFor(old.version))
  })
})

/** Builds and packs a copy of the checkout, so that nothing depends on what was built before. */
async function pack(copy: string): Promise<string> {
  const configs = globSync('tsconfig*.json', { cwd: root })
  for (const each of ['bin', 'src', 'examples', 'LICENSE', 'README.md', 'package.json', ...configs])
    cpSync(path.join(root, each), path.join(copy, each), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  await outputOf('npm', ['pack', '--loglevel', 'error'], { cwd: copy })
  const [tarball] = globSync('*.tgz', { cwd: copy })
  assert.ok(tarball)
  return path.join(copy, tarball)
}

/** The `tsconfig.json` that a stranger is shown. */
function shownCompilerOptions(): string {
  const page = readFileSync(path.join(root, 'docs/project.md'), 'utf8')
  const [, shown] = /```json\n(.*?)```/s.exec(page) ?? []
  assert.ok(shown !== undefined, 'docs/project.md shows no tsconfig.json')
  return shown
}

function post(url: string, body: unknown, token?: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

function linesOf(file: string, count: number): string[] | undefined {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  return lines.length === count ? lines : undefined
}

function sentenceFor(version: string): string {
  return `adder: needs Node 24.12 or newer, and this is Node ${version}; get it from https://nodejs.org\n`
}

/** The machine's own Node, where it is too old for Adder. */
async function oldNode(): Promise<{ file: string; version: string } | undefined> {
  const file = ['/usr/bin/node', '/usr/local/bin/node'].find((each) => existsSync(each))
  if (file === undefined) return undefined
  const version = (await outputOf(file, ['--version'], { cwd: root })).trim().slice(1)
  return Number.parseInt(version, 10) < 24 ? { file, version } : undefined
}
