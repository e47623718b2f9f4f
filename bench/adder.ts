import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { freePort } from '../src/cli/demo/free-port.ts'
import { alertBody, wideSearchName } from './alert.ts'
import type { Door } from './load.ts'

/** An Adder with the talk's automations, started by its own command as it is installed: compiled by `npm run build`. */
export interface RunningAdder {
  url: string
  door: Door
  pid: number
  enginePid: number
  dataFolder: string
  /** From the start of the process until `/ready` said so, in milliseconds. */
  readyMs: number
  /** Starts the run with a thousand branches. */
  fireWide(): Promise<void>
  close(): Promise<void>
}

export interface AdderOptions {
  folder: string
  /** What it needs to know of the outside systems. */
  env: Record<string, string>
  /** Where a processor profile is written when it ends. */
  profileFolder?: string | undefined
}

const readyWithinMs = 60_000

/** Its log goes to `adder.log` in the folder, as it would to a file in production. */
export async function startAdder({ folder, env, profileFolder }: AdderOptions): Promise<RunningAdder> {
  const dataFolder = path.join(folder, 'adder')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const child = launch({ folder, env, profileFolder }, { dataFolder, port })
  const pool = new Pool(url, { connections: 512, pipelining: 1 })
  try {
    await untilReady(pool, child)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  const readyMs = performance.now() - startedAt
  const hook = `/hooks/splunk/${env.SPLUNK_HOOK_TOKEN}`
  const headers = { 'content-type': 'application/json' }

  return {
    url,
    door: { pool, path: hook, headers: () => headers },
    pid: child.pid ?? 0,
    enginePid: Number(readFileSync(path.join(dataFolder, 'engine.pid'), 'utf8')),
    dataFolder,
    readyMs,
    async fireWide() {
      const { body } = alertBody(wideSearchName)
      const answer = await pool.request({ method: 'POST', path: hook, headers, body })
      await answer.body.dump()
      if (answer.statusCode !== 202) throw new Error(`Adder answered ${answer.statusCode} to the wide alert`)
    },
    async close() {
      await pool.destroy()
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
    },
  }
}

function launch(
  { folder, env, profileFolder }: AdderOptions,
  { dataFolder, port }: { dataFolder: string; port: number },
): ChildProcess {
  const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const command = [here('../dist/cli/main.js'), 'start', '--config', here('project')]
  const options = ['--data', dataFolder, '--port', String(port)]
  const log = openSync(path.join(folder, 'adder.log'), 'a', 0o600)
  try {
    return spawn(process.execPath, [...profile, ...command, ...options], {
      // A group of its own: a second signal from the terminal would end it before its engine.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    })
  } finally {
    closeSync(log)
  }
}

async function untilReady(pool: Pool, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Adder ended with exit code ${child.exitCode} before it was ready`)
    if (await isReady(pool)) return
    await setTimeout(5)
  }
  throw new Error(`Adder is not ready after ${readyWithinMs / 1000} s`)
}

async function isReady(pool: Pool): Promise<boolean> {
  try {
    const answer = await pool.request({ method: 'GET', path: '/ready' })
    await answer.body.dump()
    return answer.statusCode === 200
  } catch {
    return false
  }
}
