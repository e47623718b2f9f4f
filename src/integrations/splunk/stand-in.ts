import { hash } from 'node:crypto'
import {
  httpStandIn,
  type RecordedRequest,
  type StandInAnswer,
  type StandInRequest,
} from '../../stand-ins/http-stand-in.ts'
import type { StandIn } from '../../stand-ins/stand-in.ts'
import { indexedRow, type MockScanLog, type Row, type SearchedRow } from './stand-in/indexed-row.ts'
import type { FiredRecord } from './stand-in/representations.ts'
import { failure } from './stand-in/rest-answers.ts'
import { restApi } from './stand-in/rest-api.ts'
import { resultsPage } from './stand-in/results-page.ts'
import { type JobConduct, searchJobs } from './stand-in/search-jobs.ts'

export type { MockScanLog, Row } from './stand-in/indexed-row.ts'

export interface SplunkStandInOptions {
  /** What the webhook action calls, with its token: `http://127.0.0.1:8080/hooks/splunk/<token>`. */
  webhookUrl: string | (() => string)
  /**
   * How often the saved search runs, in milliseconds, and how far it looks back: so no line is found twice, and one that
   * is indexed later than that is missed, as in the talk. Left out: it runs only by `runNow`.
   */
  everyMs?: number
  /** What its REST API takes, which is worth nothing elsewhere. Default `stand-in-token`. */
  apiToken?: string
  /** Whether the webhook is called for each row, or once with the first. Default `for each result`. */
  trigger?: 'for each result' | 'once'
  /** Whether the alert is added to Triggered Alerts, which is what the API lists. Default true. */
  isTracked?: boolean
  /** How many seconds search jobs are said to be kept. They are kept until `expireResults`. Default 9,000. */
  jobTtlSeconds?: number
}

/** One call of the webhook, as `index=_internal action=webhook` would tell it. */
export interface WebhookCall {
  body: { sid: string; search_name: string; app: string; owner: string; results_link: string; result: Row }
  /** Undefined where there was no answer. */
  status: number | undefined
  /** Why there was no answer. */
  reason?: string
  /** No success, and never sent again: the alert is lost. */
  isLost: boolean
}

/** Whoever looks on while the alert fires. */
export interface AlertWatcher {
  /** The search has found a row, and its webhook is about to be called. */
  fired(row: Row): void
  called(call: WebhookCall): void
}

export interface SplunkStandIn extends StandIn {
  /** Indexes a log line. */
  addLog(log: MockScanLog): void
  /**
   * Runs the saved search over all that was indexed since the run before, however old it is; resolves when the webhook
   * was called for each row, with those calls.
   */
  runNow(): Promise<readonly WebhookCall[]>
  /** There is one watcher at most. */
  watch(watcher: AlertWatcher): void
  /** The calls of all runs, oldest first; the last 10,000. */
  deliveries(): readonly WebhookCall[]
  apiToken: string
  /** Removes the results of all search jobs so far, as Splunk does after a time. */
  expireResults(): void
  /** Makes the results of all search jobs so far unreadable for the token's user. */
  hideResults(isHidden: boolean): void
  /** How searches behave that are started through its API from now on. */
  conductSearches(how: JobConduct): void
  /** The ids of such searches that are not removed. */
  keptSearches(): string[]
  /** What its API and its pages were asked, as `httpStandIn` tells it. */
  readonly requests: readonly RecordedRequest[]
}

const searchName = 'MockScan Alert'
const owner = 'admin'
const app = 'search'
const webhookTimeoutMs = 10_000
const maxKept = 10_000

/**
 * A Splunk with one saved search, "MockScan Alert", that fires for each result and calls a webhook. The webhook has 10
 * seconds and is never called again, as with Splunk's own. What has fired can be asked for through its REST API.
 *
 * https://help.splunk.com/en/splunk-enterprise/alert-and-respond/alerting-manual/10.0/configure-alert-actions/use-a-webhook-alert-action
 * (read in November 2026)
 */
export async function startSplunk({
  webhookUrl,
  everyMs,
  apiToken = 'stand-in-token',
  trigger = 'for each result',
  isTracked = true,
  jobTtlSeconds = 9000,
}: SplunkStandInOptions): Promise<SplunkStandIn> {
  const indexed: SearchedRow[] = []
  /** What searches find: all that was indexed. */
  const archive: SearchedRow[] = []
  const searched = searchJobs(archive)
  const jobs = new Map<string, readonly Row[]>()
  const fired: FiredRecord[] = []
  const hidden = new Set<string>()
  const calls: WebhookCall[] = []
  const stopped = new AbortController()
  let serial = 0
  let running: Promise<readonly WebhookCall[]> = Promise.resolve([])
  let watcher: AlertWatcher | undefined
  let searchedUntil = Date.now()

  const webhookAddress = () => (typeof webhookUrl === 'string' ? webhookUrl : webhookUrl())
  const searches = () => [{ name: searchName, webhookUrl: webhookAddress(), isTracked }]
  const server = await httpStandIn({
    routes: {
      'GET /app/search/@go': (request) => showJob(jobs, request),
      ...restApi({ token: apiToken, fired, jobs, searches, jobTtlSeconds, hidden, searched }),
    },
    failure,
    isPage: (path) => path.startsWith('/app/'),
  })

  async function run(found: readonly SearchedRow[]): Promise<readonly WebhookCall[]> {
    const rows = found.filter(({ sourcetype }) => sourcetype === 'mockscan')
    if (rows.length === 0 || stopped.signal.aborted) return []
    const sid = searchId(++serial)
    remember(jobs, sid, rows)
    if (isTracked) fired.push({ sid, searchName, app, owner, at: Date.now(), isDigest: trigger === 'once' })
    fired.splice(0, fired.length - maxKept)
    const made: WebhookCall[] = []
    for (const result of trigger === 'once' ? rows.slice(0, 1) : rows) {
      const results_link = `${server.url}/app/search/@go?sid=${sid}`
      watcher?.fired(result)
      const call = await callWebhook({ sid, search_name: searchName, app, owner, results_link, result })
      watcher?.called(call)
      made.push(call)
    }
    calls.push(...made)
    calls.splice(0, calls.length - maxKept)
    return made
  }

  async function callWebhook(body: WebhookCall['body']): Promise<WebhookCall> {
    try {
      const response = await fetch(webhookAddress(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'Splunk' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(webhookTimeoutMs)]),
      })
      await response.arrayBuffer()
      return { body, status: response.status, isLost: !response.ok }
    } catch (error) {
      return { body, status: undefined, reason: String(error), isLost: true }
    }
  }

  /** One after the other: a run that is asked for while another is on its way comes after it. */
  function search(find: () => readonly SearchedRow[]): Promise<readonly WebhookCall[]> {
    running = running.then(() => run(find()))
    return running
  }

  function searchOnSchedule(everyMs: number): void {
    for (; searchedUntil + everyMs <= Date.now(); searchedUntil += everyMs) {
      const [from, until] = [searchedUntil, searchedUntil + everyMs]
      void search(() => indexed.filter(({ _time }) => Number(_time) * 1000 >= from && Number(_time) * 1000 < until))
    }
  }

  const timer = everyMs === undefined ? undefined : setInterval(() => searchOnSchedule(everyMs), everyMs)

  return {
    url: server.url,
    misbehave: server.misbehave,
    addLog(log) {
      const row = indexedRow(log)
      for (const kept of [indexed, archive]) {
        kept.push(row)
        if (kept.length > maxKept) kept.shift()
      }
    },
    runNow: () => search(() => indexed.splice(0)),
    watch(looking) {
      watcher = looking
    },
    deliveries: () => [...calls],
    apiToken,
    expireResults: () => jobs.clear(),
    hideResults(isHidden) {
      hidden.clear()
      if (isHidden) for (const sid of jobs.keys()) hidden.add(sid)
    },
    conductSearches: searched.conduct,
    keptSearches: searched.kept,
    requests: server.requests,
    async close() {
      clearInterval(timer)
      stopped.abort()
      await running
      await server.close()
    },
  }
}

/** As Splunk names a scheduled job: owner, app, a hash of the search's name, when it ran, and a running number. */
function searchId(serial: number): string {
  const nameHash = hash('md5', searchName, 'hex').slice(0, 17)
  return `scheduler__${owner}__${app}__RMD5${nameHash}_at_${Math.floor(Date.now() / 1000)}_${serial}`
}

function remember(jobs: Map<string, readonly Row[]>, sid: string, rows: readonly Row[]): void {
  jobs.set(sid, rows)
  const [oldest] = jobs.keys()
  if (oldest !== undefined && jobs.size > maxKept) jobs.delete(oldest)
}

function showJob(jobs: Map<string, readonly Row[]>, { query }: StandInRequest): StandInAnswer {
  const sid = query.get('sid') ?? ''
  const rows = jobs.get(sid)
  if (rows === undefined) return { status: 404, text: 'This search job does not exist or has expired.' }
  return { html: resultsPage({ title: searchName, sid, rows }) }
}
