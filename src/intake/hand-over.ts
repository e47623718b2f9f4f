import type { Commit } from './commit-events.ts'
import type { Deliveries } from './delivery.ts'
import type { IntakeLog } from './intake-log.ts'
import type { HandOver } from './spool.ts'
import { commitWhole } from './take-in.ts'

export interface HandOverOptions {
  commit: Commit
  /** Default 30. */
  retentionDays?: number
  deliveries: Deliveries
  log: IntakeLog
}

/** Gives spooled deliveries to the engine, and records what became of them under the names that they came by. */
export function handOver({ deliveries, log, ...options }: HandOverOptions): HandOver {
  return async (spooled) => {
    const { delivery } = spooled
    const taken = await commitWhole(spooled, options)
    const ms = Date.now() - Date.parse(delivery.receivedAt)
    const { id, source } = delivery
    log.info({ delivery: id, source, state: taken.state, events: taken.events.length, ms }, 'delivery handed over')
    await deliveries.record({ ...delivery, ...taken, ms })
  }
}
