import type { Kysely } from 'kysely'
import { explainDelivery } from '../src/history/explain-delivery.ts'
import { findValue } from '../src/history/find-value.ts'
import { listDeliveries } from '../src/history/list-deliveries.ts'
import { changedRuns, listRuns } from '../src/history/list-runs.ts'
import { resolveId } from '../src/history/resolve-id.ts'
import { showDelivery } from '../src/history/show-delivery.ts'
import { showRun } from '../src/history/show-run.ts'
import type { Tables } from '../src/history/tables.ts'
import { automations, firstAt, ids, stepMs, values } from './history-rows.ts'

type Ask = (db: Kysely<Tables>, alert: number) => Promise<unknown>

const limit = 50
const automation = (alert: number) => `automation-open-${alert % (automations / 2)}`
const timeOf = (alert: number) => firstAt + alert * stepMs

/** What people and their programs ask, each about an alert that is picked by chance. */
export const questions: Record<string, Ask> = {
  'runs ls': (db) => listRuns(db, { limit }),
  'runs ls --state waiting': (db) => listRuns(db, { limit, state: 'waiting' }),
  'runs ls --state finished': (db) => listRuns(db, { limit, state: 'finished' }),
  'runs ls --state cancelled (none)': (db) => listRuns(db, { limit, state: 'cancelled' }),
  'runs ls --automation': (db, alert) => listRuns(db, { limit, automation: automation(alert) }),
  'runs ls --automation --state waiting': (db, alert) =>
    listRuns(db, { limit, automation: automation(alert), state: 'waiting' }),
  'runs ls --automation --state finished': (db, alert) =>
    listRuns(db, { limit, automation: automation(alert), state: 'finished' }),
  'runs ls --automation --state cancelled (none)': (db, alert) =>
    listRuns(db, { limit, automation: automation(alert), state: 'cancelled' }),
  'runs ls --since': (db, alert) => listRuns(db, { limit, since: timeOf(alert) }),
  'runs ls, a page far back': (db, alert) => listRuns(db, { limit, after: { at: timeOf(alert), id: '' } }),
  'runs tail': (db, alert) => changedRuns(db, { limit, after: { at: timeOf(alert), id: '-' } }),
  'runs show': async (db, alert) => {
    const run = await resolveId(db, 'runs', ids.run(alert, 'enrich').slice(0, 16))
    return run.kind === 'one' ? showRun(db, run.id) : undefined
  },
  'deliveries ls': (db) => listDeliveries(db, { limit }),
  'deliveries ls --state duplicate': (db) => listDeliveries(db, { limit, state: 'duplicate' }),
  'deliveries ls --state kept (none)': (db) => listDeliveries(db, { limit, state: 'kept' }),
  'deliveries ls --source jira --state accepted': (db) =>
    listDeliveries(db, { limit, source: 'jira', state: 'accepted' }),
  'deliveries ls --source jira --state kept (none)': (db) =>
    listDeliveries(db, { limit, source: 'jira', state: 'kept' }),
  'deliveries ls --since': (db, alert) => listDeliveries(db, { limit, since: timeOf(alert) }),
  why: async (db, alert) => {
    const delivery = await resolveId(db, 'deliveries', ids.delivery(alert, 'splunk').slice(0, 8))
    const shown = delivery.kind === 'one' ? await showDelivery(db, delivery.id) : undefined
    return shown && explainDelivery(shown)
  },
  'find, in one alert': (db, alert) => findValue(db, values.md5(alert), { limit: 20 }),
  'find, in a tenth of all': (db) => findValue(db, 'SVC-scanner', { limit: 20 }),
  'find, a ticket': (db, alert) => findValue(db, ids.ticket(alert), { limit: 20 }),
  'find, nowhere': (db, alert) => findValue(db, `nobody-${alert}`, { limit: 20 }),
}
