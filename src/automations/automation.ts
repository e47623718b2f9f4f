import type { Enrichment } from './enrichment.ts'
import type { RunContext } from './run-context.ts'
import type { TicketCreated } from './ticket-events.ts'
import type { Trigger } from './trigger.ts'

/** A durable function that runs once for each matching event, or a set of enrichments that answer for each new ticket. */
export interface Automation {
  readonly type: 'automation'
  /** Its identity: a renamed automation is another one. Lower-case letters, digits and dashes. */
  readonly name: string
  readonly on: Trigger<unknown>
  readonly run?: (context: RunContext<unknown>) => Promise<unknown>
  readonly enrich?: readonly Enrichment[]
  readonly tell?: Telling
}

/** How a ticket is told what its enrichments say. */
export type Telling = 'a comment each' | 'one comment'

interface Named<Data> {
  name: string
  on: Trigger<Data>
}

export interface RunningAutomation<Data> extends Named<Data> {
  /** What happens. Plain `async`/`await`, `Promise.all`, `race`, `try` and loops are safe; see `RunContext`. */
  run(context: RunContext<Data>): Promise<unknown>
}

export interface EnrichingAutomation<Data extends TicketCreated> extends Named<Data> {
  /** The questions that are asked of each new ticket, each by itself: none waits for another. */
  enrich: readonly Enrichment[]
  /**
   * `a comment each` (default): every answer is a comment of its own. `one comment`: the ticket has one comment, which
   * is there at once, has a line for each question, and is edited as the answers come.
   */
  tell?: Telling
}

/**
 * Runs once for each event that matches, whatever is delivered twice, and goes on where it was after a crash.
 *
 * ```ts
 * export const openTicket = automation({
 *   name: 'mock-scan',
 *   on: splunk.alert({ searchName: 'MockScan Alert' }),
 *   run: ({ event, tickets }) => tickets.open({ summary: `MockScan: ${event.result.user}`, alert: event }),
 * })
 * ```
 */
export function automation<Data>(options: RunningAutomation<Data>): Automation
export function automation<Data extends TicketCreated>(options: EnrichingAutomation<Data>): Automation
export function automation(options: Omit<Automation, 'type'>): Automation {
  return { type: 'automation', ...options }
}
