import { hash } from 'node:crypto'
import { alertTime, epochMs } from './alert-time.ts'
import type { WebhookBody } from './schema.ts'

/** The fields of one result row. A field with one value is a string, one with several a list. */
export type SplunkResult = Record<string, string | string[]>

/** One row that a Splunk alert fired for: the data of the event `splunk.alert`. */
export interface SplunkAlert {
  /** The saved search's name; null for a search that was never saved. */
  searchName: string | null
  /** The search job. With the trigger "for each result", all rows of one job carry the same. */
  sid: string
  /** The Splunk app that the search belongs to; empty where Splunk does not say. */
  app: string
  /** The search's owner; empty where Splunk does not say. */
  owner: string
  /** The page with all results; empty where Splunk does not say. */
  resultsLink: string
  /** The row; empty where the search found none. */
  result: SplunkResult
}

/** The alert in Adder's spelling. */
export function splunkAlert(body: WebhookBody): SplunkAlert {
  return {
    searchName: body.search_name,
    sid: body.sid,
    app: body.app,
    owner: body.owner,
    resultsLink: body.results_link,
    result: Object.fromEntries(Object.entries(body.result).map(([key, value]) => [key, flattened(value)])),
  }
}

/**
 * What makes an alert that alert: its search job and a hash of its row. The same for the webhook and for the search
 * API's answer about the same row, which differ in the order of the keys, in lists of one value, in the form of
 * `_time`, in the other keys that begin with `_`, and in fields without a value, which only the webhook has.
 */
export function splunkAlertIdentity({ sid, result }: Pick<SplunkAlert, 'sid' | 'result'>): readonly string[] {
  const fields = Object.entries(result)
    .filter(([key]) => key === '_time' || !key.startsWith('_'))
    .map(([key, value]) => [key, key === '_time' ? comparableTime(value) : flattened(value)] as const)
    .filter(([, value]) => value.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [sid, hash('sha256', JSON.stringify(fields), 'hex')]
}

/** When the alert fired, and `now` where neither its row nor its search job tells. */
export function splunkAlertAt({ sid, result }: Pick<SplunkAlert, 'sid' | 'result'>, now: Date): Date {
  const time = flattened(result._time ?? '')
  return alertTime({ sid, time: typeof time === 'string' ? time : '' }) ?? now
}

/** A list of one value as that value: the webhook and the API differ in which they send. */
export function flattened(value: string | string[]): string | string[] {
  if (typeof value === 'string') return value
  const [first, ...rest] = value
  return first === undefined || rest.length > 0 ? value : first
}

function comparableTime(value: string | string[]): string | string[] {
  const time = flattened(value)
  return (typeof time === 'string' ? epochMs(time)?.toString() : undefined) ?? time
}
