import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const adder = JSON.stringify(pathToFileURL(fileURLToPath(new URL('../../src/index.ts', import.meta.url))).href)

/** An `adder` with its own process. */
export interface AdderProcess {
  child: ChildProcess
  stdout(): string
  stderr(): string
  /** The log so far, one object a line. */
  log(): Record<string, unknown>[]
  /** Resolves when the log holds a line like this. */
  logged(like: Record<string, unknown>): Promise<Record<string, unknown>>
  /** Resolves with the exit code. */
  ended: Promise<number | null>
}

/** What has to end before a test's folders are removed: its hooks run in the order in which they were registered. */
const endsOf = new WeakMap<TestContext, (() => Promise<void>)[][]>()

function endBeforeRemoval(t: TestContext, end: () => Promise<void>): void {
  t.after(end)
  for (const ends of endsOf.get(t) ?? []) ends.push(end)
}

/** Starts `adder` with these arguments; it is ended with the test. Colours are off. */
export function adderProcess(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}): AdderProcess {
  const child = spawn(process.execPath, ['--conditions=adder-source', main, ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => code as number | null) // the event's own arguments
  async function end(): Promise<void> {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
  }
  endBeforeRemoval(t, end)

  function log(): Record<string, unknown>[] {
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
  }

  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    log,
    ended,
    async logged(like) {
      for (;;) {
        const line = log().find((each) => Object.entries(like).every(([key, value]) => each[key] === value))
        if (line !== undefined) return line
        const end = await Promise.race([ended, once(child.stdout, 'data')])
        if (!Array.isArray(end)) throw new Error(`adder ended with ${end} before it logged that: ${stdout}${stderr}`)
      }
    },
  }
}

/** A folder with these files, removed with the test. `from 'adderjs'` in them means this package's source. */
export function projectFolder(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  const ends: (() => Promise<void>)[] = []
  endsOf.set(t, [...(endsOf.get(t) ?? []), ends])
  t.after(async () => {
    await Promise.all(ends.map((end) => end()))
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text.replaceAll("'adderjs'", adder))
  }
  return folder
}
