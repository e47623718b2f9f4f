import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Admin } from './admin.ts'
import { engineBinary, engineVersion } from './engine-binary.ts'
import { DataFolderPathTooLong, EngineStartFailed } from './engine-errors.ts'

/** The longest path that a Unix socket can have, in bytes, on the systems that Adder runs on. */
const maxSocketPathBytes = 103
const maxLogBytes = 10 * 1024 * 1024
const startTimeoutMs = 60_000

/** An engine that has run for so long was started successfully: the next wait before a restart is short again. */
const soundAfterMs = 60_000

/**
 * A process that notes down its own id and then becomes the engine. Were it noted down by Adder, an Adder that is
 * killed before that would leave an engine that nobody can find again.
 */
const noteAndBecome = '(umask 077 && echo $$ > "$0") && exec "$@"'

export interface EngineProcessOptions {
  dataFolder: string
  /** Holds the key that the engine signs its calls with. */
  identityKeyFile: string
  /** Called whenever the engine had ended by itself and is ready again. */
  onRestart(): void
  log(event: EngineProcessEvent): void
}

export type EngineProcessEvent =
  | { kind: 'engine started'; ms: number; pid: number }
  | { kind: 'engine adopted'; pid: number }
  | { kind: 'engine ended'; reason: string; restartInMs: number }

/**
 * The engine as a child process. It listens on Unix sockets inside the data folder only; it outlives a killed Adder,
 * and the next one adopts it. When it ends by itself, it is started again with growing waits.
 */
export class EngineProcess {
  readonly ingressSocket: string
  readonly adminSocket: string
  readonly #options: EngineProcessOptions
  readonly #folder: string
  readonly #temporaryFolder: string
  readonly #pidFile: string
  readonly #logFile: string
  /** Undefined as soon as the engine has ended: the system may give its id to a process that is not ours to signal. */
  #pid: number | undefined
  #stopping = false
  #failures = 0

  constructor(options: EngineProcessOptions) {
    this.#options = options
    const folder = path.resolve(options.dataFolder)
    this.#folder = path.join(folder, 'engine')
    this.#temporaryFolder = path.join(folder, 'tmp')
    this.#pidFile = path.join(folder, 'engine.pid')
    this.#logFile = path.join(folder, 'engine.log')
    this.ingressSocket = path.join(this.#folder, 'adder', 'ingress.sock')
    this.adminSocket = path.join(this.#folder, 'adder', 'admin.sock')
    const excessBytes = Buffer.byteLength(this.ingressSocket) - maxSocketPathBytes
    if (excessBytes > 0) throw new DataFolderPathTooLong(options.dataFolder, { excessBytes })
  }

  get pid(): number | undefined {
    return this.#pid
  }

  /** Starts the engine, or adopts one that a killed Adder has left. Resolves when it answers. */
  async start(): Promise<void> {
    // Before other listeners, which may want to remove its folder.
    process.prependListener('exit', this.#killAtExit)
    const orphan = this.#orphanPid()
    if (orphan !== undefined) {
      if ((await this.#version()) === engineVersion()) {
        this.#pid = orphan
        this.#options.log({ kind: 'engine adopted', pid: orphan })
        void this.#watchOrphan(orphan)
        return
      }
      await endProcess(orphan)
    }
    // A second engine would destroy the first one's sockets before it fails.
    if ((await this.#version()) !== undefined)
      throw new EngineStartFailed(`An engine that Adder does not know of runs on ${this.#folder}. End it first`)
    await this.#spawn()
  }

  /** Ends the engine; what it has accepted is on disk. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#pid !== undefined) await endProcess(this.#pid)
    process.off('exit', this.#killAtExit)
  }

  /** For an end that can't wait: what the engine has accepted is on disk, and nobody might ever adopt it. */
  readonly #killAtExit = (): void => {
    if (this.#pid !== undefined && isAlive(this.#pid)) process.kill(this.#pid, 'SIGKILL')
  }

  async #spawn(): Promise<void> {
    const startedAt = performance.now()
    const child = this.#launch()
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => {
        // It may be one that took long to die, and another runs by now.
        if (this.#pid === child.pid) this.#pid = undefined
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)
      })
    })
    child.unref()
    this.#pid = child.pid
    const problem = await Promise.race([ended, this.#answers()])
    if (problem !== undefined) {
      // Never two on one folder.
      if (this.#pid !== undefined) await endProcess(this.#pid)
      throw new EngineStartFailed(`The engine did not start (${problem}); ${this.#logFile} says why`)
    }
    this.#options.log({ kind: 'engine started', ms: Math.round(performance.now() - startedAt), pid: child.pid ?? 0 })
    void ended.then((reason) => this.#restart(reason, { ranMs: performance.now() - startedAt }))
  }

  #launch(): ChildProcess {
    rmSync(this.#temporaryFolder, { recursive: true, force: true })
    mkdirSync(this.#temporaryFolder, { recursive: true, mode: 0o700 })
    if (existsSync(this.#logFile) && statSync(this.#logFile).size > maxLogBytes) truncateSync(this.#logFile)
    const log = openSync(this.#logFile, 'a', 0o600)
    try {
      return spawn('/bin/sh', ['-c', noteAndBecome, this.#pidFile, engineBinary(), '--no-logo'], {
        // A group of its own: Ctrl-C in a terminal ends Adder, and Adder ends the engine in its turn.
        detached: true,
        stdio: ['ignore', log, log],
        env: this.#environment(),
      })
    } finally {
      closeSync(log)
    }
  }

  #environment(): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      // It leaves its temporary folders behind.
      TMPDIR: this.#temporaryFolder,
      RESTATE_BASE_DIR: this.#folder,
      RESTATE_NODE_NAME: 'adder',
      RESTATE_CLUSTER_NAME: 'adder',
      RESTATE_LISTEN_MODE: 'unix',
      RESTATE_LOG_FILTER: 'error,restate=warn,octocrab=off',
      RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
      // Without this it reports daily. Its look-up of newer releases at its start has no switch.
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
      // Fixed for the life of a data folder. Fewer and more are slower, and more cost memory: docs/decisions/0001.
      RESTATE_DEFAULT_NUM_PARTITIONS: '4',
      RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '256MB',
      RESTATE_WORKER__INVOKER__MEMORY_LIMIT: '256MB',
      RESTATE_SHUTDOWN_TIMEOUT: '2s',
      RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: path.resolve(this.#options.identityKeyFile),
    }
  }

  async #restart(reason: string, { ranMs }: { ranMs: number }): Promise<void> {
    if (ranMs > soundAfterMs) this.#failures = 0
    while (!this.#stopping) {
      const restartInMs = Math.min(10_000, 50 * 2 ** this.#failures)
      this.#failures += 1
      this.#options.log({ kind: 'engine ended', reason, restartInMs })
      await setTimeout(restartInMs, undefined, { ref: false })
      if (this.#stopping) return
      try {
        await this.#spawn()
        return this.#options.onRestart()
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error)
      }
    }
  }

  /** An adopted engine is no child of this process, so its end has to be looked for. */
  async #watchOrphan(pid: number): Promise<void> {
    const adoptedAt = performance.now()
    while (isAlive(pid)) {
      await setTimeout(200, undefined, { ref: false })
      if (this.#stopping) return
    }
    this.#pid = undefined
    await this.#restart('the adopted engine ended', { ranMs: performance.now() - adoptedAt })
  }

  /** Resolves when the engine answers, or with why it is not waited for any longer. */
  async #answers(): Promise<string | undefined> {
    const deadline = performance.now() + startTimeoutMs
    while (performance.now() < deadline) {
      if (this.#stopping) return 'Adder stops'
      if ((await this.#version()) !== undefined) return undefined
      await setTimeout(20)
    }
    return `no answer after ${startTimeoutMs / 1000} s`
  }

  async #version(): Promise<string | undefined> {
    if (!existsSync(this.adminSocket)) return undefined
    const admin = new Admin({ socketPath: this.adminSocket })
    try {
      return await admin.version()
    } finally {
      await admin.close()
    }
  }

  /** The process that the last Adder started here, if it still runs and still is an engine on this folder. */
  #orphanPid(): number | undefined {
    if (!existsSync(this.#pidFile)) return undefined
    const pid = Number(readFileSync(this.#pidFile, 'utf8'))
    return Number.isInteger(pid) && pid > 1 && isAlive(pid) && isEngineOn(pid, this.#folder) ? pid : undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/** A dead child whose parent has not asked for its end still has a process id. */
function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Whether a process id still belongs to an engine on this folder; ids are used again. */
function isEngineOn(pid: number, folder: string): boolean {
  try {
    if (process.platform === 'linux') {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      return environment.includes(`RESTATE_BASE_DIR=${folder}`)
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).includes('restate-server')
  } catch {
    return false
  }
}

/** How long the engine has to end by itself, in milliseconds; what it has accepted is on disk in any case. */
const endsWithinMs = 1000

async function endProcess(pid: number): Promise<void> {
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGKILL']
  for (const signal of signals) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    const deadline = performance.now() + endsWithinMs
    while (isAlive(pid) && performance.now() < deadline) await setTimeout(20)
  }
}
