import type { Row } from './indexed-row.ts'

/** One alert that has fired, under "Triggered Alerts". */
export interface FiredRecord {
  sid: string
  searchName: string
  app: string
  owner: string
  /** Milliseconds since 1970. */
  at: number
  /** Whether it fired once for all rows. */
  isDigest: boolean
}

/** A search that calls a webhook. */
export interface SavedSearch {
  name: string
  webhookUrl: string
  isTracked: boolean
}

/** As Splunk's REST API writes it. */
export function searchEntry({ name, webhookUrl, isTracked }: SavedSearch) {
  return {
    name,
    content: {
      'action.webhook': '1',
      'action.webhook.param.url': webhookUrl,
      actions: 'webhook',
      'alert.track': isTracked,
      disabled: false,
    },
  }
}

/** As Splunk's REST API writes it. */
export function firedEntry({ sid, searchName, app, owner, at, isDigest }: FiredRecord) {
  return {
    name: `rt_${sid}_${at}`,
    author: owner,
    links: { savedsearch: `/servicesNS/${owner}/${app}/saved/searches/${encodeURIComponent(searchName)}` },
    acl: { app, owner, sharing: 'user', can_write: true, removable: false, perms: { read: [owner], write: [owner] } },
    content: {
      actions: null,
      alert_type: 'historical',
      digest_mode: isDigest,
      'eai:acl': null,
      savedsearch_name: searchName,
      severity: 3,
      sid,
      trigger_time: Math.floor(at / 1000),
      triggered_alerts: 1,
    },
  }
}

/** A row as the API spells it, in whatever the webhook spells in another way. */
export function apiRow(row: Row): Record<string, string | string[]> {
  const fields = Object.entries(row)
    .filter(([, value]) => value.length > 0)
    .reverse()
    .map(([key, value]): [string, string | string[]] => [
      key,
      key === 'host' && typeof value === 'string' ? [value] : value,
    ])
  const time = typeof row._time === 'string' ? { _time: isoTime(row._time) } : {}
  return { ...Object.fromEntries(fields), ...time, _cd: '12:3456', _serial: '0' }
}

/** `2026-11-25T15:00:00.000+00:00`. */
function isoTime(epochSeconds: string): string {
  return new Date(Number(epochSeconds) * 1000).toISOString().replace('Z', '+00:00')
}
