import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import type { SearchedRow } from './indexed-row.ts'
import { checkQuery, feed, page, refusal } from './rest-answers.ts'
import { type Found, runSpl } from './run-spl.ts'

/** How the search jobs behave that are started from now on. */
export interface JobConduct {
  /** How often a job is asked after before it is done. Default 1; the first question is answered with 204 then. */
  questions?: number
  /** What it is until then. Default `RUNNING`. */
  until?: 'QUEUED' | 'RUNNING'
  /** What it says of itself, in answers with 200; an export says it before its rows. Default: nothing. */
  messages?: readonly { type: string; text: string }[]
  /** Whether it ends as `FAILED`, and an export without its last row. Default false. */
  fails?: boolean
}

export interface SearchJobs {
  handlers: Record<string, StandInHandler>
  /** Undefined for a job that is none of these. */
  state(sid: string): StandInAnswer | undefined
  results(sid: string, query: URLSearchParams): StandInAnswer | undefined
  conduct(how: JobConduct): void
  /** The ids of those that are not removed. */
  kept(): string[]
}

interface Job extends Found {
  conduct: JobConduct
  asked: number
  earliestTime: string
  latestTime: string
}

const ofAnySearch = ['search', 'earliest_time', 'latest_time']
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Searches that somebody starts, stricter than Splunk: only the parameters that Adder sends, as a form.
 *
 * - `POST search/jobs`: `search`, which begins with a command; 201 with a `sid`; 400 with FATAL for what can't be read.
 * - `GET search/jobs/{search_id}`: 204 while there is nothing to say; `dispatchState`, `isDone`, `isFailed`,
 *   `resultCount`, `earliestTime`, `latestTime`, `messages`.
 * - `GET search/v2/jobs/{search_id}/results`: 204 while it is not done.
 * - `DELETE search/jobs/{search_id}`.
 * - `POST search/v2/jobs/export`: as `search/jobs`, without a job; 200 with a line of JSON for each message and each row,
 *   the last of which says `lastrow`, as a line without a row does where there are none. Only `preview=false`.
 *
 * What the lines of an export look like, Splunk says in "How to display search results" (read in November 2026):
 * http://dev.splunk.com/view/python-sdk/SP-CAAAER5
 */
export function searchJobs(indexed: readonly SearchedRow[]): SearchJobs {
  const jobs = new Map<string, Job>()
  let conduct: JobConduct = {}
  let serial = 0

  function run(request: StandInRequest, documented: readonly string[]) {
    checkQuery(request, [])
    const form = new URLSearchParams(request.headers['content-type']?.includes('form-urlencoded') ? request.text : '')
    for (const name of form.keys())
      if (![...ofAnySearch, ...documented].includes(name))
        throw refusal(400, `Argument "${name}" is not supported by this handler.`)
    const [earliest, latest] = [timeOf(form.get('earliest_time'), 0), timeOf(form.get('latest_time'), Date.now())]
    const searched = indexed.filter(({ _time }) => Number(_time) * 1000 >= earliest && Number(_time) * 1000 < latest)
    return { form, found: runSpl(form.get('search') ?? '', searched), earliest, latest }
  }

  const handlers: Record<string, StandInHandler> = {
    'POST /services/search/jobs': (request) => {
      const { found, earliest, latest } = run(request, ['exec_mode', 'auto_cancel', 'timeout'])
      const sid = `${(Date.now() / 1000).toFixed(0)}.${++serial}`
      const [earliestTime, latestTime] = [new Date(earliest).toISOString(), new Date(latest).toISOString()]
      jobs.set(sid, { ...found, conduct, asked: 0, earliestTime, latestTime })
      return { status: 201, json: { sid } }
    },

    'POST /services/search/v2/jobs/export': (request) => {
      const { form, found } = run(request, ['preview', 'max_time'])
      if (form.get('preview') !== 'false') throw refusal(400, 'This stand-in only exports with preview=false.')
      return { headers: { 'content-type': 'application/json' }, text: exported(found, conduct) }
    },

    'GET /services/search/jobs': (request) => {
      checkQuery(request, ['count', 'offset'])
      return feed(page([...jobs.keys()], request.query, 30).map((sid) => ({ name: sid, content: { sid } })))
    },

    'DELETE /services/search/jobs/:sid': (request) => {
      checkQuery(request, [])
      if (!jobs.delete(request.params.sid ?? '')) throw refusal(404, 'Unknown sid.', 'FATAL')
      return { json: { messages: [{ type: 'INFO', text: 'Search job cancelled.' }] } }
    },
  }

  return {
    handlers,
    state(sid) {
      const job = jobs.get(sid)
      if (job === undefined) return undefined
      job.asked += 1
      const { questions = 1, until = 'RUNNING', messages = [], fails = false } = job.conduct
      if (job.asked === 1 && questions > 1) return { status: 204 }
      const dispatchState = job.asked < questions ? until : fails ? 'FAILED' : 'DONE'
      const isDone = dispatchState === 'DONE' || dispatchState === 'FAILED'
      const { earliestTime, latestTime } = job
      const resultCount = isDone ? job.rows.length : 0
      const content = { sid, dispatchState, isDone, isFailed: dispatchState === 'FAILED', resultCount, messages }
      return feed([{ name: sid, content: { ...content, earliestTime, latestTime, ttl: 600 } }])
    },
    results(sid, query) {
      const job = jobs.get(sid)
      if (job === undefined) return undefined
      if (job.asked < (job.conduct.questions ?? 1)) return { status: 204 }
      const results = page(job.rows, query, 100)
      const fields = job.fields.map((name) => ({ name }))
      return { json: { preview: false, init_offset: 0, messages: [], fields, results, highlighted: {} } }
    },
    conduct(how) {
      conduct = how
    },
    kept: () => [...jobs.keys()],
  }
}

function exported({ rows, fields }: Found, { messages = [], fails = false }: JobConduct): string {
  const lastrow = { lastrow: true }
  const said = messages.map((message) => ({ preview: false, messages: [message] }))
  const found = rows.map((row, offset) => {
    const isLast = offset === rows.length - 1 && !fails
    const named = fields.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]]))
    return { preview: false, offset, ...(isLast ? lastrow : {}), result: Object.fromEntries(named) }
  })
  const none = rows.length === 0 && !fails ? [{ preview: false, ...lastrow }] : []
  return [...said, ...found, ...none].map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** `-24h`, `now` and seconds since 1970, in milliseconds. */
function timeOf(text: string | null, usual: number): number {
  if (text === null) return usual
  const [, count, unit = ''] = /^-(\d+)([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Date.now() - Number(count) * (unitSeconds[unit] ?? 0) * 1000
  if (text === 'now') return Date.now()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  throw refusal(400, 'Invalid earliest_time or latest_time.', 'FATAL')
}
