import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type AdderOptions, type AdderProcess, enginePid, startAdder } from '../support/adder-process.ts'
import { until } from '../support/until.ts'
import type { Victim } from './plan-kills.ts'

/** An Adder that is started again whenever it ends, as a service manager does, on the same folder and port. */
export class KeptAdder {
  readonly port: number
  /** The ends that nobody brought about. */
  readonly unexpectedEnds: string[] = []
  readonly #options: AdderOptions
  #adder: AdderProcess | undefined
  #pid: number | undefined
  #killedPid: number | undefined
  /** Without its engine, Adder does not start: it says so and ends. */
  #isEngineKilled = false
  #isStopping = false
  #kept: Promise<void> | undefined

  private constructor(options: AdderOptions & { port: number }) {
    this.port = options.port
    this.#options = {
      ...options,
      onLog: (line) => {
        // Adder's own, in each of its lines.
        this.#pid = Number(line.pid)
        options.onLog?.(line)
      },
    }
  }

  /** @param restartMs how long each of its restarts is waited with, in milliseconds. */
  static async start(options: AdderOptions & { port: number }, restartMs: () => number): Promise<KeptAdder> {
    const kept = new KeptAdder(options)
    kept.#kept = kept.#keep(restartMs)
    await kept.well()
    return kept
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Kills at once, with -9. Returns whether there was anybody to kill. */
  kill(victim: Victim): boolean {
    const isAdderHit = victim !== 'engine' && this.#killAdder()
    const isEngineHit = victim !== 'Adder' && killEngine(this.#options.dataFolder)
    if (isEngineHit) this.#isEngineKilled = true
    return isAdderHit || isEngineHit
  }

  /** Resolves when Adder listens and its engine answers. */
  async well(): Promise<void> {
    await until('Adder and its engine are well', () => this.#isWell(), {
      withinMs: 300_000,
      shown: () => `${this.unexpectedEnds.join('\n')}\n${this.#adder?.output().slice(-4000)}`,
    })
  }

  /** What the engine has not finished, besides what it was told to begin later. */
  async underWay(): Promise<string[]> {
    return (await this.#adder?.underWay().catch(() => undefined)) ?? ['the engine does not answer']
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#adder?.stop()
    await this.#kept
  }

  async #keep(restartMs: () => number): Promise<void> {
    while (!this.#isStopping) {
      await this.#runOnce()
      this.#adder = undefined
      this.#pid = undefined
      if (!this.#isStopping) await setTimeout(restartMs())
    }
  }

  async #runOnce(): Promise<void> {
    this.#isEngineKilled = false
    try {
      const adder = await startAdder(this.#options)
      if (adder.pid !== this.#killedPid) this.#adder = adder
      const { code, signal } = await adder.ended
      if (this.#isStopping || adder.pid === this.#killedPid) return
      this.unexpectedEnds.push(`Adder ended by itself (${signal ?? code}): ${adder.output().slice(-1000)}`)
    } catch (error) {
      const isKilled = this.#pid !== undefined && this.#pid === this.#killedPid
      if (!this.#isStopping && !isKilled && !this.#isEngineKilled) this.unexpectedEnds.push(String(error))
    }
  }

  async #isWell(): Promise<boolean> {
    if (this.#adder === undefined || !isEngineOf(this.#options.dataFolder)) return false
    return this.#adder.underWay().then(
      () => true,
      () => false,
    )
  }

  #killAdder(): boolean {
    if (this.#pid === undefined || this.#pid === this.#killedPid) return false
    this.#killedPid = this.#pid
    this.#adder = undefined
    return sigkill(this.#pid)
  }
}

function killEngine(dataFolder: string): boolean {
  return isEngineOf(dataFolder) && sigkill(enginePid(dataFolder))
}

/** Process ids are used again, by others. */
function isEngineOf(dataFolder: string): boolean {
  try {
    const environment = readFileSync(`/proc/${enginePid(dataFolder)}/environ`, 'utf8')
    return environment.includes(`RESTATE_BASE_DIR=${dataFolder}/`)
  } catch {
    return false
  }
}

function sigkill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
