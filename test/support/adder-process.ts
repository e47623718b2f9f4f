import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { kill } from 'node:process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Admin } from '../../src/engine/admin.ts'
import { until } from './until.ts'

export interface AdderOptions {
  /** The folder of the configuration. */
  project: string
  dataFolder: string
  env: Record<string, string>
  /** Default 0: the system picks one. */
  port?: number
  /** Further arguments of `adder start`. */
  args?: readonly string[]
  /** What is waited for. Default: that its engine runs; it listens earlier. */
  until?: 'listening' | 'started'
  /** Told of each line of its log as it is written. */
  onLog?: (line: Record<string, unknown>) => void
}

/** One `adder start` in a process of its own, which a test may kill. */
export interface AdderProcess {
  pid: number
  url: string
  port: number
  /** What it has logged, line by line. */
  log: readonly Record<string, unknown>[]
  /** What it has written to its standard output and error output. */
  output(): string
  enginePid(): number
  /** Ends Adder with -9; its engine lives on. */
  kill(): Promise<void>
  /** Asks it to end, as Ctrl-C does. */
  stop(): Promise<Ended>
  /** Whether it still runs. */
  isRunning(): boolean
  /** Resolves when it has ended, however that came. */
  ended: Promise<Ended>
  /** What the engine still has under way, besides what it was told to begin later. */
  underWay(): Promise<string[]>
  /** Asks the engine's tables. */
  query<Row>(sql: string): Promise<Row[]>
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const talkProject = path.join(root, 'examples/talk')

/** Starts an Adder and waits until it has started; rejects with what it wrote where it ends before. */
export async function startAdder(options: AdderOptions): Promise<AdderProcess> {
  const { child, ended, output } = spawnAdder(options)
  const log: Record<string, unknown>[] = []
  readLines(child.stdout, (line) => {
    const fields = JSON.parse(line) as Record<string, unknown> // pino's lines are objects
    log.push(fields)
    options.onLog?.(fields)
  })
  let end: Ended | undefined
  void ended.then((how) => {
    end = how
  })
  const listening = await until(
    'Adder listens',
    () => {
      if (end !== undefined) return 'ended'
      const isFar = log.some(({ msg }) => msg === (options.until ?? 'started'))
      return isFar ? log.find(({ msg }) => msg === 'listening') : undefined
    },
    { shown: output, withinMs: 180_000 },
  )
  if (listening === 'ended') throw new Error(`Adder did not start:\n${output()}`)
  const url = new URL(String(listening.url))
  const pid = pidOf(child)

  return {
    pid,
    url: url.origin,
    port: Number(url.port),
    log,
    output,
    enginePid: () => enginePid(options.dataFolder),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: () => {
      child.kill('SIGINT')
      return ended
    },
    isRunning: () => end === undefined,
    ended,
    underWay: () => underWay(options.dataFolder),
    query: (sql) => query(options.dataFolder, sql),
  }
}

/** Starts an `adder start` and waits for nothing. */
export function spawnAdder({ project, dataFolder, env, port = 0, args = [] }: AdderOptions) {
  return spawnNode(
    [
      '--conditions=adder-source',
      path.join(root, 'src/cli/main.ts'),
      ...['start', '--config', project, '--data', dataFolder, '--port', String(port), ...args],
    ],
    env,
  )
}

/** A process with this environment and nothing of the test's own; ends with the test's process at the latest. */
export function spawnNode(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  const endIt = () => child.kill('SIGKILL')
  process.once('exit', endIt)
  void ended.then(() => process.off('exit', endIt))
  return { child, ended, output: () => written }
}

/** Ends the engine of a data folder with -9, where there is one, and waits until it is gone. */
export async function endEngine(dataFolder: string): Promise<void> {
  const pid = enginePid(dataFolder)
  if (pid > 1) await until('the engine has ended', () => !signalled(pid))
}

/** The same at once, for when the test's own process ends early. */
export function endEngineNow(dataFolder: string): void {
  const pid = enginePid(dataFolder)
  if (pid > 1) signalled(pid)
}

export function enginePid(dataFolder: string): number {
  try {
    return Number(readFileSync(path.join(dataFolder, 'engine.pid'), 'utf8'))
  } catch {
    return 0
  }
}

/** Looks a second time where nothing is: between the end of a run and the start of what it has sent is a moment. */
async function underWay(dataFolder: string): Promise<string[]> {
  const look = () =>
    query<{ target: string; status: string }>(
      dataFolder,
      "SELECT target, status FROM sys_invocation WHERE status NOT IN ('completed', 'scheduled')",
    )
  const rows = await look()
  return (rows.length > 0 ? rows : await look()).map(({ target, status }) => `${target}: ${status}`)
}

async function query<Row>(dataFolder: string, sql: string): Promise<Row[]> {
  const admin = new Admin({ socketPath: path.join(dataFolder, 'engine', 'adder', 'admin.sock') })
  try {
    return await admin.query<Row>(sql)
  } finally {
    await admin.close()
  }
}

function signalled(pid: number): boolean {
  try {
    kill(pid, 'SIGKILL')
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function pidOf({ pid }: ChildProcessByStdio<null, Readable, Readable>): number {
  if (pid === undefined) throw new Error('the process could not be started')
  return pid
}

function readLines(stream: Readable, take: (line: string) => void): void {
  let rest = ''
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('{')) take(line)
  })
}
