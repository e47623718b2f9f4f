/**
 * The program that keeps one play: it runs `ansible-playbook` in a process group of its own and writes down how it
 * ended, whether or not Adder is still there. It is given its job as JSON on its standard input.
 *
 * - Of several keepers of one folder only the one that brings `started.json` into being runs anything; so a play is
 *   started once, however often starting it is tried.
 * - It listens on a socket in the folder as long as it lives. Whoever gets a connection knows that the play still runs,
 *   which a number of a process could not tell: the system gives it to another one.
 * - Whoever wants the play to be cancelled puts a file `cancelled` into the folder and connects. Only the keeper kills,
 *   and only what it started itself and has not seen the end of.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { link, open, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { Ended, Started } from './schema.ts'

export interface Job {
  /** The folder of this play. */
  folder: string
  program: string
  arguments: readonly string[]
  environment: Readonly<Record<string, string>>
  workingFolder: string
  /** Text files that the play needs, by their names in the folder; `removed` are removed at its end. */
  files: { kept: Readonly<Record<string, string>>; removed: Readonly<Record<string, string>> }
  about: Pick<Started, 'playbook' | 'limit' | 'check'>
}

/**
 * What has not ended this long after it was asked to is killed. It is asked first because later versions of Ansible than
 * 2.14 put each worker into a group of its own, and tell it themselves when they are asked.
 */
const graceMs = 10_000

// Of half a job, where Adder was killed while it wrote it, this throws, and nothing was started.
const job = JSON.parse(await text(process.stdin)) as Job // written by `startKeeper`
const inFolder = (name: string) => path.join(job.folder, name)
let playing: ChildProcess | undefined
let isStopping = false
let isInterrupted = false
const socket = `${randomBytes(3).toString('hex')}.sock`
const server = createServer((visitor) => {
  visitor.on('error', () => visitor.destroy())
  // Who cancels is left connected until the keeper ends, and so sees the end.
  if (existsSync(inFolder('cancelled'))) stop()
  else visitor.end()
})

server.listen(inFolder(socket))
await once(server, 'listening')
if (!(await claim())) leave()
// Adder may be gone by the time that it is told.
process.stdout.on('error', () => undefined)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, interrupt)
const ended = await play()
await Promise.all(Object.keys(job.files.removed).map((name) => rm(inFolder(name), { force: true })))
await writeWhole('ended.json', ended)
leave()

/** Whether this keeper is the one. On the disk before anything starts, so that also a machine's crash doubles nothing. */
async function claim(): Promise<boolean> {
  const started: Started = { ...job.about, machine: hostname(), socket, startedAt: new Date().toISOString() }
  const own = inFolder(`${socket}.json`)
  await writeFile(own, JSON.stringify(started), { flush: true })
  try {
    await link(own, inFolder('started.json'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own)
  }
  await syncFolder()
  return true
}

async function play(): Promise<Ended> {
  for (const [name, content] of Object.entries({ ...job.files.kept, ...job.files.removed }))
    await writeFile(inFolder(name), content, { mode: 0o600 })
  const output = openSync(inFolder('output'), 'a')
  const { promise, resolve } = Promise.withResolvers<Pick<Ended, 'code' | 'signal'>>()
  playing = spawn(job.program, job.arguments, {
    cwd: job.workingFolder,
    env: { ...job.environment },
    detached: true,
    stdio: ['ignore', output, output],
  })
  playing.once('error', (error) => {
    // Its standard error is the output, too.
    process.stderr.write(`Adder could not run this: ${error.message}\n`)
    resolve({ code: null, signal: null })
  })
  playing.once('exit', (code, signal) => {
    // In the turn in which the end is seen the group can't be another's yet.
    if (isStopping) signalGroup('SIGKILL')
    playing = undefined
    resolve({ code, signal })
  })
  process.stdout.write('started')
  // Somebody may have asked before there was anything to stop.
  if (isStopping || existsSync(inFolder('cancelled'))) stop()
  const exit = await promise
  return { ...exit, isCancelled: existsSync(inFolder('cancelled')), isInterrupted, endedAt: new Date().toISOString() }
}

/** By the machine's end, or systemd's of Adder's unit: Adder itself leaves a file and connects. */
function interrupt(): void {
  isInterrupted = true
  stop()
}

function stop(): void {
  isStopping = true
  signalGroup('SIGTERM')
  setTimeout(() => signalGroup('SIGKILL'), graceMs).unref()
}

function signalGroup(signal: NodeJS.Signals): void {
  if (playing?.pid === undefined) return
  try {
    process.kill(-playing.pid, signal)
  } catch {
    // Nothing of it is left.
  }
}

async function writeWhole(name: string, content: Ended): Promise<void> {
  await writeFile(inFolder(`${name}.new`), JSON.stringify(content), { flush: true })
  await rename(inFolder(`${name}.new`), inFolder(name))
  await syncFolder()
}

async function syncFolder(): Promise<void> {
  const folder = await open(job.folder)
  await folder.sync().finally(() => folder.close())
}

/** Takes the socket away, which the end of the process alone would not. */
function leave(): never {
  server.close()
  process.exit()
}
