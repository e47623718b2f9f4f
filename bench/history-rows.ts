import { Batch, type Entry } from '../src/history/batch.ts'
import type { RunObservation } from '../src/history/records.ts'

/** What each alert leaves in a history, by table. */
const entriesOfAlert = 15
export const firstAt = Date.UTC(2026, 9, 1)
/** Between two alerts, in milliseconds. */
export const stepMs = 30_000
export const automations = 20

/** How many alerts make so many rows. */
export function alertsOf(rows: number): number {
  return Math.ceil(rows / entriesOfAlert)
}

/** The rows of these alerts: each with its ticket, two runs, three effects, two deliveries and four observables. */
export function batchOf(first: number, count: number): Batch {
  const batch = new Batch(Array.from({ length: count }, (_, index) => entries(first + index)).flat())
  return batch
}

export function rowsOf(batch: Batch): number {
  const { deliveries, deliveryEvents, events, observables, runs, effects, waits } = batch
  return [deliveries, deliveryEvents, events, observables, runs, effects, waits].reduce(
    (sum, { size }) => sum + size,
    0,
  )
}

export const ids = {
  delivery: (alert: number, of: 'splunk' | 'jira') => `${hash(alert, of).slice(0, 8)}-0000-4000-8000-${digits(alert)}`,
  event: (alert: number, of: 'alert' | 'ticket') => hash(alert, of).padEnd(64, '0'),
  run: (alert: number, of: 'open' | 'enrich') => `inv_1${hash(alert, of)}${digits(alert)}`,
  ticket: (alert: number) => `SEC-${alert}`,
}

export const values = {
  /** In one alert alone. */
  md5: (alert: number) => hash(alert, 'md5').repeat(2),
  /** One in a tenth of the alerts, the others in a few each. */
  user: (alert: number) => (alert % 10 === 0 ? 'svc-scanner' : `user${alert % 9973}`),
}

function entries(alert: number): Entry[] {
  const at = firstAt + alert * stepMs
  const iso = new Date(at).toISOString()
  const [opening, telling] = [ids.event(alert, 'alert'), ids.event(alert, 'ticket')]
  const observables = [
    { kind: 'user', value: values.user(alert) },
    { kind: 'md5', value: values.md5(alert) },
  ]
  const key = ids.ticket(alert)
  const ticket = { id: String(alert), key, url: `https://acme.atlassian.net/browse/${key}` }
  const marker = `adder-${hash(alert, 'open')}`
  const delivery = (of: 'splunk' | 'jira', kind: string, event: string, state: 'accepted' | 'duplicate'): Entry => ({
    kind: 'delivery',
    at,
    delivery: {
      id: ids.delivery(alert, of),
      source: of,
      receivedAt: iso,
      state,
      ms: 2,
      events: [{ kind, id: event, state }],
    },
  })
  return [
    delivery('splunk', 'splunk.alert', opening, 'accepted'),
    delivery('jira', 'ticket.created', telling, alert % 500 === 0 ? 'accepted' : 'duplicate'),
    {
      kind: 'event',
      at,
      event: {
        id: opening,
        kind: 'splunk.alert',
        source: 'splunk',
        at: iso,
        observables,
        verdicts: [],
        delivery: ids.delivery(alert, 'splunk'),
      },
    },
    {
      kind: 'event',
      at,
      event: {
        id: telling,
        kind: 'ticket.created',
        source: 'jira',
        at: iso,
        observables,
        verdicts: [],
        ticket,
        openedBy: marker,
      },
    },
    ...run(alert, 'open', at, [
      { kind: 'step', step: 'jira.open', result: 'done', effect: 'made', marker, once: 'by marker', made: ticket },
    ]),
    ...run(
      alert,
      'enrich',
      at,
      [1, 2].map((nth) => ({
        kind: 'step',
        step: 'jira.comment',
        result: 'done',
        effect: 'made',
        marker: `${marker}-${nth}`,
        once: 'by marker',
      })),
    ),
  ]
}

function run(alert: number, of: 'open' | 'enrich', at: number, happened: readonly RunObservation[]): Entry[] {
  const about = {
    run: ids.run(alert, of),
    automation: `automation-${of}-${alert % (automations / 2)}`,
    event: ids.event(alert, of === 'open' ? 'alert' : 'ticket'),
    generation: 0,
  }
  return [{ kind: 'run started' } as const, ...happened, ending(alert)].map((observation) => ({
    kind: 'observation',
    at,
    observation: { ...about, ...observation },
  }))
}

/** One in 200 waits for a person, one in 100 failed. */
function ending(alert: number): RunObservation {
  if (alert % 200 === 1)
    return { kind: 'waiting', step: 'jira.open', code: 'c', reason: 'Jira is down', wait: `w${alert}` }
  if (alert % 100 === 2) return { kind: 'run failed', code: 'run.failed', reason: 'It threw' }
  return { kind: 'run finished' }
}

/** Sixteen hexadecimal digits that look as if by chance, and are the same for the same alert. */
function hash(alert: number, of: string): string {
  let state = BigInt(alert + 1)
  for (const character of of)
    state = BigInt.asUintN(64, (state ^ BigInt(character.charCodeAt(0))) * 0x9e3779b97f4a7c15n)
  return BigInt.asUintN(64, state ^ (state >> 31n))
    .toString(16)
    .padStart(16, '0')
}

function digits(alert: number): string {
  return String(alert).padStart(12, '0')
}
