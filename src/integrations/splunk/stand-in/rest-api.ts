import { timingSafeEqual } from 'node:crypto'
import type { StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import type { Row } from './indexed-row.ts'
import { apiRow, type FiredRecord, firedEntry, type SavedSearch, searchEntry } from './representations.ts'
import { checkQuery, failure, feed, page, Refused, refusal } from './rest-answers.ts'
import type { SearchJobs } from './search-jobs.ts'

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
  /** The searches that are started through it. */
  searched: SearchJobs
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
 * - What starts searches is in `search-jobs.ts`.
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
  searched,
}: RestApiOptions): Record<string, StandInHandler> {
  function readableJob({ params: { sid = '' } }: StandInRequest): { sid: string; rows: readonly Row[] } {
    const rows = jobs.get(sid)
    if (rows === undefined) throw refusal(404, 'Unknown sid.', 'FATAL')
    if (hidden.has(sid)) throw refusal(403, 'insufficient permission to access this resource', 'WARN')
    return { sid, rows }
  }

  const handlers: Record<string, StandInHandler> = {
    ...searched.handlers,

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
      const started = searched.state(request.params.sid ?? '')
      if (started !== undefined) return started
      const { sid } = readableJob(request)
      return feed([{ name: sid, content: { sid, dispatchState: 'DONE', isDone: true, ttl: jobTtlSeconds } }])
    },

    'GET /services/search/v2/jobs/:sid/results': (request) => {
      checkQuery(request, ['count', 'offset'])
      const started = searched.results(request.params.sid ?? '', request.query)
      if (started !== undefined) return started
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

type Entry = ReturnType<typeof firedEntry>

function sortValue({ name, content }: Entry, key: string): string | number {
  return key === 'trigger_time' ? content.trigger_time : name
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
