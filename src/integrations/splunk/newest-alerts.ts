import { parseAnswer } from '../../connectors/http-client.ts'
import type { NextCall } from '../../intake/sweep.ts'
import { type FiredAlert, FiredAlerts } from './schema.ts'
import { type SplunkApi, throwErrors } from './splunk-api.ts'

/** A page of the alerts that have fired and are listed still, the newest first. */
export async function newestAlerts(
  ask: SplunkApi,
  { count, offset = 0, call }: { count: number; offset?: number; call: NextCall },
): Promise<FiredAlert[]> {
  const query = { count, offset, sort_key: 'trigger_time', sort_dir: 'desc' }
  const { json } = await ask('/servicesNS/-/-/alerts/fired_alerts/-', { call, query })
  const { entry, messages } = parseAnswer(FiredAlerts, json, 'Splunk: fired alerts')
  throwErrors(messages, 'fired alerts')
  return entry
}
