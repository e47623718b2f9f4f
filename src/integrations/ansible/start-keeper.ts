import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import type { Job } from './keeper.ts'

// Beside this file, in the source and in what is built of it.
const keeper = path.join(import.meta.dirname, `keeper${path.extname(import.meta.filename)}`)

/**
 * Starts the keeper of a play in a session of its own, so that it goes on when Adder ends, and waits until it has started
 * the play or has ended, which it does at once where another keeper started that play before. The job is in no argument
 * and in no variable of the environment: other users could read them.
 *
 * Rejects where it can't be started or the signal aborts; in the latter case the play may still be started.
 */
export async function startKeeper(job: Job, signal: AbortSignal): Promise<void> {
  await mkdir(job.folder, { recursive: true, mode: 0o700 })
  const output = await open(path.join(job.folder, 'output'), 'a', 0o600)
  try {
    const child = spawn(process.execPath, [keeper], {
      cwd: job.folder,
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', output.fd],
    })
    child.unref()
    // What ends early does not read it.
    child.stdin?.on('error', () => undefined).end(JSON.stringify(job))
    const settled = new AbortController()
    const options = { signal: AbortSignal.any([signal, settled.signal]) }
    try {
      await Promise.race([once(child, 'exit', options), once(child.stdout ?? child, 'data', options)])
    } finally {
      settled.abort()
      child.stdout?.destroy()
    }
  } finally {
    await output.close()
  }
}
