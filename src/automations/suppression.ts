import type { Trigger } from './trigger.ts'

/** Events that start nothing for a time, because somebody knows why they come. */
export interface Suppression {
  readonly type: 'suppression'
  readonly name: string
  readonly on: Trigger<unknown>
  readonly when?: (context: { event: unknown }) => boolean
  readonly reason: string
  readonly owner: string
  readonly from?: string
  readonly until: string
  readonly automations?: readonly string[]
}

export interface SuppressionOptions<Data> {
  /** Lower-case letters, digits and dashes. */
  name: string
  /** Which events, as an automation would start on them. */
  on: Trigger<Data>
  /** Which of those. Default: all. One that throws suppresses nothing, and the log says so. */
  when?(context: { event: Data }): boolean
  /** Why, for whoever wonders where a ticket is. */
  reason: string
  /** Whom to ask. */
  owner: string
  /** When it begins, ISO 8601 with its offset: `2026-11-25T00:00Z`. Default: at once. */
  from?: string
  /** When it ends, at most 90 days after it begins. */
  until: string
  /** The names of the automations that it holds off. Default: all. */
  automations?: readonly string[]
}

/**
 * Keeps events from starting automations for a time. They are taken in, recorded and counted (`adder suppressions`),
 * and the same event once more is a duplicate. Decided once, by the server's clock when the event arrives; what has
 * started before goes on.
 *
 * ```ts
 * export const patchDay = suppression({
 *   name: 'patch-day',
 *   on: splunk.alert({ searchName: 'MockScan Alert' }),
 *   when: ({ event }) => event.result.host === 'build-7',
 *   reason: 'agent roll-out',
 *   owner: 'mara@acme.example',
 *   from: '2026-11-25T00:00Z',
 *   until: '2026-12-01T00:00Z',
 * })
 * ```
 */
export function suppression<Data>({ when, ...options }: SuppressionOptions<Data>): Suppression {
  return {
    type: 'suppression',
    ...options,
    // Called for events that `on` matches, whose data is of its type.
    ...(when === undefined ? {} : { when: ({ event }) => when({ event: event as Data }) }),
  }
}
