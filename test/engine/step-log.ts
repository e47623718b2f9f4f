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
  | (Instance & { kind: 'begun' | 'failed' | 'done' })
  | { kind: 'made'; marker: string }
  | { kind: 'finished'; run: number; result: unknown }
  | { kind: 'observed'; observation: string }
  /** From just before a kill until what was killed is back. */
  | { kind: 'outage'; is: 'begun' | 'ended'; of: 'engine' | 'process' }

/** What really happened, in the order in which it did, through all kills: each line is one write to one file. */
export class StepLog {
  readonly #file: string
  readonly #done = new Set<string>()
  readonly #made = new Set<string>()
  readonly #failed = new Map<string, number>()

  constructor(file: string) {
    this.#file = file
    for (const line of readLog(file)) this.#remember(line)
  }

  /** What a step does: fails so many times, then is done. */
  async work(instance: Instance, failures: number): Promise<string> {
    const key = keyOf(instance)
    this.write({ kind: 'begun', ...instance })
    // Real work does not end in the tick in which it began.
    await setImmediate()
    if ((this.#failed.get(key) ?? 0) < failures) {
      this.write({ kind: 'failed', ...instance })
      throw new ConnectorUnavailable('not yet', { mayHaveHappened: false })
    }
    return this.end(instance)
  }

  end(instance: Instance): string {
    this.write({ kind: 'done', ...instance })
    return instance.at
  }

  make(marker: string): void {
    this.write({ kind: 'made', marker })
  }

  isDone(instance: Instance): boolean {
    return this.#done.has(keyOf(instance))
  }

  isMade(marker: string): boolean {
    return this.#made.has(marker)
  }

  write(line: LogLine): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#remember(line)
  }

  #remember(line: LogLine): void {
    if (line.kind === 'failed') this.#failed.set(keyOf(line), (this.#failed.get(keyOf(line)) ?? 0) + 1)
    if (line.kind === 'done') this.#done.add(keyOf(line))
    if (line.kind === 'made') this.#made.add(line.marker)
  }
}

function keyOf({ run, at }: Instance): string {
  return `${run} ${at}`
}

export function readLog(file: string): LogLine[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine) // written by `write`
}
