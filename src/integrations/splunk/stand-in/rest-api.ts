import { timingSafeEqual } from 'node:crypto'
import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import type { Row } from '../stand-in.ts'

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

export interface SavedSearch {
  name: string
  webhookUrl: string
  isTracked: boolean
}

export interface RestApiOptions {
  token: string
  fired: readonly FiredRecord[]
  /** The rows of the search jobs that are kept. */
  jobs: ReadonlyMap<string, readonly Row[]>
  /** The saved searches, each with the address that its webhook calls. */
  searches(): readonly SavedSearch[]
  /** How long a search job is still kept. */
  jobTtlSeconds: number
  /** Search jobs of users whose results the token's user may not read. */
  hidden: ReadonlySet<string>
}

/**
 * The part of Splunk's REST API that Adder uses, stricter than Splunk: a parameter that is not documented is refused, and
 * so is any output but JSON. What Splunk's reference says of it:
 *
 * - `Authorization: Bearer <token>`; without one, or with a wrong one, 401.
 * - `GET alerts/fired_alerts/{name}`: the alerts that have fired and not expired, `-` for those of all searches;
 *   `count` (default 30, 0 for all), `offset`, `sort_key`, `sort_dir`; seen in 10.6, `content` holds `sid`,
 *   `savedsearch_name`, `trigger_time` in seconds, `digest_mode`, `severity`, `alert_type`, `actions`,
 *   `triggered_alerts` and two rendered times; `links.savedsearch` is the path of the search.
 * - `GET saved/searches`: as above, and `search` filters by `field=value`; `alert.track` says whether alerts are listed,
 *   `action.webhook.param.url` what the webhook calls.
 * - `GET search/jobs/{search_id}`: `ttl` is how many seconds the job is still kept.
 * - `GET search/v2/jobs/{search_id}/results`: `count` (default 100, 0 for all), `offset`; 404 for a job that is not
 *   known any more; a field without a value is left out, a field with one value may be a list, `_time` is ISO 8601.
 *
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
 */
export function restApi({
  token,
  fired,
  jobs,
  searches,
  jobTtlSeconds,
  hidden,
}: RestApiOptions): Record<string, StandInHandler> {
  function readableJob({ params: { sid = '' } }: StandInRequest): { sid: string; rows: readonly Row[] } {
    const rows = jobs.get(sid)
    if (rows === undefined) throw refusal(404, 'Unknown sid.', 'FATAL')
    if (hidden.has(sid)) throw refusal(403, 'insufficient permission to access this resource', 'WARN')
    return { sid, rows }
  }

  const handlers: Record<string, StandInHandler> = {
    'GET /services/server/info': (request) => {
      checkQuery(request, [])
      return feed([{ name: 'server-info', content: { serverName: 'splunk', version: '10.0.0' } }])
    },

    'GET /servicesNS/:owner/:app/alerts/fired_alerts/:name': (request) => {
      checkQuery(request, ['count', 'offset', 'sort_key', 'sort_dir'])
      const { params, query } = request
      const key = query.get('sort_key') ?? 'name'
      const entries = fired
        .filter(({ searchName }) => params.name === '-' || params.name === searchName)
        .map(firedEntry)
        .sort((a, b) => compare(sortValue(a, key), sortValue(b, key)))
      if (query.get('sort_dir') === 'desc') entries.reverse()
      return feed(page(entries, query, 30), entries.length)
    },

    'GET /servicesNS/:owner/:app/saved/searches/:name': (request) => {
      checkQuery(request, [])
      const found = searches().find(({ name }) => name === request.params.name)
      if (found === undefined) throw refusal(404, `Could not find object id=${request.params.name}`)
      return feed([searchEntry(found)])
    },

    'GET /servicesNS/:owner/:app/saved/searches': (request) => {
      checkQuery(request, ['count', 'offset', 'search'])
      const entries = searches().map(searchEntry)
      return feed(page(entries, request.query, 30), entries.length)
    },

    'GET /services/search/jobs/:sid': (request) => {
      checkQuery(request, [])
      const { sid } = readableJob(request)
      return feed([{ name: sid, content: { sid, dispatchState: 'DONE', isDone: true, ttl: jobTtlSeconds } }])
    },

    'GET /services/search/v2/jobs/:sid/results': (request) => {
      checkQuery(request, ['count', 'offset'])
      const { rows } = readableJob(request)
      const results = page(rows, request.query, 100).map(apiRow)
      const offset = Number(request.query.get('offset') ?? 0)
      return {
        json: { preview: false, init_offset: offset, messages: [], fields: [], results, highlighted: {} },
      }
    },
  }
  return Object.fromEntries(Object.entries(handlers).map(([route, handler]) => [route, guarded(handler, token)]))
}

class Refused extends Error {
  readonly answer: StandInAnswer

  constructor(answer: StandInAnswer) {
    super('refused')
    this.answer = answer
  }
}

function refusal(status: number, text: string, type: 'WARN' | 'ERROR' | 'FATAL' = 'ERROR'): Refused {
  return new Refused(failure(status, text, type))
}

/** Splunk's way to say that something is wrong. */
export function failure(status: number, text: string, type = 'ERROR'): StandInAnswer {
  return { status, json: { messages: [{ type, text }] } }
}

function guarded(handler: StandInHandler, token: string): StandInHandler {
  return async (request) => {
    if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`))
      return failure(401, 'call not properly authenticated', 'WARN')
    try {
      return await handler(request)
    } catch (error) {
      if (error instanceof Refused) return error.answer
      throw error
    }
  }
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

function checkQuery({ query }: StandInRequest, known: readonly string[]): void {
  for (const name of query.keys())
    if (name !== 'output_mode' && !known.includes(name)) throw refusal(400, `Argument "${name}" is not supported.`)
  if (query.get('output_mode') !== 'json') throw refusal(400, 'This stand-in only answers output_mode=json.')
  for (const name of ['count', 'offset'])
    if (!/^\d*$/.test(query.get(name) ?? '')) throw refusal(400, `Invalid value for argument "${name}".`)
}

function page<T>(all: readonly T[], query: URLSearchParams, usual: number): readonly T[] {
  const offset = Number(query.get('offset') ?? 0)
  const count = Number(query.get('count') ?? usual)
  return all.slice(offset, count === 0 ? undefined : offset + count)
}

function feed(entry: readonly { name: string; content: object }[], total = entry.length): StandInAnswer {
  const paging = { total, perPage: entry.length, offset: 0 }
  return { json: { links: {}, updated: new Date().toISOString(), entry, paging, messages: [] } }
}

function searchEntry({ name, webhookUrl, isTracked }: SavedSearch) {
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

function firedEntry({ sid, searchName, app, owner, at, isDigest }: FiredRecord) {
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

type Entry = ReturnType<typeof firedEntry>

function sortValue({ name, content }: Entry, key: string): string | number {
  return key === 'trigger_time' ? content.trigger_time : name
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A row as the API spells it, in whatever the webhook spells in another way. */
function apiRow(row: Row): Record<string, string | string[]> {
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
