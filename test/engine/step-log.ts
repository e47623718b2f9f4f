import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { ConnectorUnavailable } from '../../src/errors/connector-errors.ts'

/** One step of one program. */
export interface Instance {
  /** The program's number. */
  run: number
  /** The step's place in it. */
  at: string
}

export type LogLine =
  | (Instance & {
      kind: 'begun' | 'failed' | 'done'
      /** Which process, and which of its engines: a step may be repeated only where one of them was killed. */
      life: string
    })
  | { kind: 'made'; marker: string }
  | { kind: 'finished'; run: number; result: unknown; life: string }
  | { kind: 'observed'; observation: string }

/** What really happened, in the order in which it did, through all kills: each line is one write to one file. */
export class StepLog {
  readonly #file: string
  readonly #done = new Set<string>()
  readonly #made = new Set<string>()
  readonly #failed = new Map<string, number>()
  #engines = 0

  constructor(file: string) {
    this.#file = file
    for (const line of readLog(file)) this.#remember(line)
  }

  /** The engine was killed or has ended by itself. */
  countEngine(): void {
    this.#engines += 1
  }

  /** What a step does: fails so many times, then is done. */
  async work({ run, at }: Instance, failures: number): Promise<string> {
    this.write({ kind: 'begun', run, at, life: this.life })
    // Real work does not end in the tick in which it began.
    await setImmediate()
    const key = `${run} ${at}`
    if ((this.#failed.get(key) ?? 0) < failures) {
      this.write({ kind: 'failed', run, at, life: this.life })
      throw new ConnectorUnavailable('not yet', { mayHaveHappened: false })
    }
    this.write({ kind: 'done', run, at, life: this.life })
    return at
  }

  make(marker: string): void {
    this.write({ kind: 'made', marker })
  }

  isDone({ run, at }: Instance): boolean {
    return this.#done.has(`${run} ${at}`)
  }

  isMade(marker: string): boolean {
    return this.#made.has(marker)
  }

  write(line: LogLine): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#remember(line)
  }

  get life(): string {
    return `${process.pid}.${this.#engines}`
  }

  #remember(line: LogLine): void {
    if (line.kind === 'failed') {
      const key = `${line.run} ${line.at}`
      this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1)
    }
    if (line.kind === 'done') this.#done.add(`${line.run} ${line.at}`)
    if (line.kind === 'made') this.#made.add(line.marker)
  }
}

export function readLog(file: string): LogLine[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine) // written by `write`
}
