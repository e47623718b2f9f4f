import { setTimeout as rest } from 'node:timers/promises'
import type { CallOptions } from '../../connectors/effect.ts'
import { type HttpChannel, path } from '../../connectors/http.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConnectorAnswerInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { ResultRows, SearchJobState, StartedJob } from './schema.ts'
import { type AskedSearch, rowOf, warningsIn } from './search-rows.ts'
import type { SplunkResult } from './splunk-alert.ts'
import { throwErrors } from './splunk-api.ts'

export interface JobResults {
  /** In Splunk's order. */
  fields: string[]
  /** At most `maxRows`. */
  rows: SplunkResult[]
  /** How many rows Splunk has. */
  total: number
  /** What Splunk warns of: an indexer that did not answer. */
  warnings: string[]
  /** The time that was searched, as Splunk writes it; undefined where it does not say. */
  earliestTime: string | undefined
  latestTime: string | undefined
}

const json = { output_mode: 'json' }

/**
 * Runs a search as a job of its own and reads its first rows. The job is removed at the end, whatever the end is: a job
 * that nobody waits for any more would go on using up the user's share of searches.
 *
 * @throws ConnectorAnswerInvalid where the job failed, or says ERROR or FATAL of itself in an answer with 200.
 * @throws ConnectorUnavailable where Splunk has not begun with it within `withinMs`; ConnectorRefused where it has begun
 * and is not done, which it would not be the next time either.
 */
export async function runSearchJob(
  channel: HttpChannel,
  job: AskedSearch,
  { signal, withinMs }: CallOptions & { withinMs: number },
): Promise<JobResults> {
  const until = performance.now() + withinMs
  const sid = await start(channel, job, signal)
  try {
    const { content } = await ended(channel, sid, { signal, until })
    const { rows, fields } = await firstRows(channel, { sid, count: job.maxRows, signal })
    if (rows.length === 0 && content.resultCount > 0)
      throw new ConnectorAnswerInvalid(`${channel.what}: Splunk has ${content.resultCount} rows and gives none`)
    return {
      fields,
      rows,
      total: Math.max(content.resultCount, rows.length),
      warnings: warningsIn(content.messages),
      earliestTime: content.earliestTime ?? undefined,
      latestTime: content.latestTime ?? undefined,
    }
  } finally {
    await remove(channel, sid)
  }
}

/** In a form, because addresses are logged. */
async function start({ send, what }: HttpChannel, job: AskedSearch, signal: AbortSignal): Promise<string> {
  const { json: answer } = await send({
    method: 'POST',
    path: '/services/search/jobs',
    query: json,
    form: {
      search: job.search,
      earliest_time: job.earliest,
      latest_time: job.latest,
      exec_mode: 'normal',
      // Seconds. Where this process ends before it removes the job, Splunk does: without questions, and after its end.
      auto_cancel: '60',
      timeout: '120',
    },
    signal,
  })
  return parseAnswer(StartedJob, answer, what).sid
}

async function ended(
  channel: HttpChannel,
  sid: string,
  { signal, until }: { signal: AbortSignal; until: number },
): Promise<SearchJobState['entry'][0]> {
  for (let restMs = 100; ; restMs = Math.min(2000, restMs * 2)) {
    const state = await askState(channel, sid, signal)
    if (state?.content.isDone) return state
    if (performance.now() + restMs > until) throw notInTime(channel, state)
    // Where the wait is cut short, the next question says so.
    await rest(restMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Undefined where the job is so new that Splunk has nothing to say of it (204). */
async function askState({ send, what }: HttpChannel, sid: string, signal: AbortSignal) {
  const answer = await send({ path: path`/services/search/jobs/${sid}`, query: json, signal })
  if (answer.json === undefined) return undefined
  const { entry, messages } = parseAnswer(SearchJobState, answer.json, what)
  const [state] = entry
  throwErrors([...messages, ...state.content.messages], 'search')
  if (state.content.isFailed || state.content.dispatchState === 'FAILED')
    throw new ConnectorAnswerInvalid(`${what}: the search job failed, and does not say why`)
  return state
}

function notInTime({ what }: HttpChannel, state: SearchJobState['entry'][0] | undefined): Error {
  const { dispatchState = 'QUEUED' } = state?.content ?? {}
  if (['QUEUED', 'PARSING'].includes(dispatchState))
    return new ConnectorUnavailable(`${what}: Splunk did not begin with it in time; it is removed`, {
      mayHaveHappened: false,
    })
  const advice = 'it is cancelled. Search less time, or say more of what is searched for'
  return new ConnectorRefused(`${what}: it was not done in time; ${advice}`, { status: 0 })
}

async function firstRows(
  { send, what }: HttpChannel,
  { sid, count, signal }: { sid: string; count: number; signal: AbortSignal },
): Promise<Pick<JobResults, 'fields' | 'rows'>> {
  const asked = path`/services/search/v2/jobs/${sid}/results`
  const answer = await send({ path: asked, query: { ...json, count, offset: 0 }, signal })
  const { fields, results, messages } = parseAnswer(ResultRows, answer.json, what)
  throwErrors(messages, 'search')
  return { fields: fields.map(({ name }) => name), rows: results.map(rowOf) }
}

/** Has a few seconds of its own: the call may have none left. What is not removed now, Splunk removes by itself. */
async function remove({ send }: HttpChannel, sid: string): Promise<void> {
  const request = { method: 'DELETE', path: path`/services/search/jobs/${sid}`, query: json } as const
  await send({ ...request, signal: AbortSignal.timeout(5000) }).catch(() => undefined)
}
