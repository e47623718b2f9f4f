import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { kill } from 'node:process'
import type { TestContext } from 'node:test'

const closers = new Map<string, (() => Promise<void>)[]>()

/** A folder for one test; removed after it, once everything on it is closed and no engine is left. */
export function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adder-'))
  closers.set(folder, [])
  t.after(async () => {
    for (const close of closers.get(folder)?.reverse() ?? []) await close()
    endOrphan(path.join(folder, 'engine.pid'))
    rmSync(folder, { recursive: true, maxRetries: 10 })
  })
  return folder
}

/** Registers what runs on a folder of `dataFolder`, so that it is closed in time. */
export function closeBeforeRemoval(folder: string, close: () => Promise<void>): void {
  closers.get(folder)?.push(close)
}

function endOrphan(pidFile: string): void {
  if (!existsSync(pidFile)) return
  try {
    kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
