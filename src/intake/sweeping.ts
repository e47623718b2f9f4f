import { setTimeout } from 'node:timers/promises'
import { faultFields } from './fault-fields.ts'
import type { SourceDefinition } from './source.ts'
import type { Sweep } from './sweep.ts'
import type { SweepMarks } from './sweep-marks.ts'
import { callsUntil, type SweepOnceOptions, type Swept, sweepOnce } from './sweep-once.ts'

export interface SweepingOptions extends Omit<SweepOnceOptions, 'source' | 'sweep' | 'closing'> {
  sources: readonly SourceDefinition[]
  marks: SweepMarks
}

export interface Sweeping {
  /** Sweeps every source that can be swept, now and then again and again. */
  start(): void
  /** Ends when the sweeps under way have. */
  close(): Promise<void>
}

/** The rest after a sweep that failed, in milliseconds, doubled for each further one up to the usual rest. */
const firstRetryMs = 5000

/**
 * Sweeps sources: asks their senders for what their webhooks should have brought, and takes in what is missing. The
 * first sweep of a source brings in nothing and begins its time. A sweep that fails is logged and tried again.
 */
export function sweeping({ sources, marks, ...options }: SweepingOptions): Sweeping {
  const closing = new AbortController()
  const { log } = options
  let running: Promise<unknown> = Promise.resolve()

  async function sweepOnAndOn(source: SourceDefinition, { everyMs, connect }: NonNullable<SourceDefinition['sweep']>) {
    const sweep = connect()
    for (let failed = 0; !closing.signal.aborted; ) {
      const isWhole = await isSwept(source, sweep)
      failed = isWhole ? 0 : failed + 1
      const restMs = isWhole ? everyMs : Math.min(everyMs, firstRetryMs * 2 ** (failed - 1))
      await setTimeout(restMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
    }
  }

  async function isSwept(source: SourceDefinition, sweep: Sweep): Promise<boolean> {
    const begun = performance.now()
    const about = () => ({ source: source.name, ms: Math.round(performance.now() - begun) })
    try {
      const mark = await marks.read(source.name)
      const swept =
        mark === undefined
          ? await beginAtNow(sweep)
          : await sweepOnce(mark, { ...options, source, sweep, closing: closing.signal })
      await marks.write(source.name, swept.mark)
      const { listed, broughtIn, failures } = swept
      if (failures.length === 0) log.info({ ...about(), listed, broughtIn }, 'swept')
      else if (!closing.signal.aborted)
        log.error(
          { ...about(), listed, broughtIn, failures: failures.length, ...faultFields(failures[0]) },
          'a sweep left something for the next',
        )
      return failures.length === 0
    } catch (error) {
      if (!closing.signal.aborted) log.error({ ...about(), ...faultFields(error) }, 'a sweep failed')
      return false
    }
  }

  async function beginAtNow(sweep: Sweep): Promise<Swept> {
    const since = (await sweep.now(callsUntil(closing.signal))).toISOString()
    return { mark: { since, done: [] }, listed: 0, broughtIn: 0, failures: [] }
  }

  return {
    start() {
      running = Promise.all(
        sources.map((source) => (source.sweep === undefined ? undefined : sweepOnAndOn(source, source.sweep))),
      )
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
