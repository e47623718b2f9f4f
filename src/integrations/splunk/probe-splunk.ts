import { parseAnswer, path } from '../../connectors/http-client.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import type { NextCall } from '../../intake/sweep.ts'
import { newestAlerts } from './newest-alerts.ts'
import { SavedSearches, SearchJob } from './schema.ts'
import { type SplunkApi, throwErrors } from './splunk-api.ts'

interface ProbeOptions {
  /** Whose webhooks are looked at: the segment below `/hooks/` in their address. */
  source: string
  call: NextCall
}

/** Below this, a short outage already outlasts the results. */
const leastKeptSeconds = 60 * 60
const searchesAtOnce = 100

/**
 * Whether the alerts that call this webhook are tracked, and whether the results of the newest alert are there, may be
 * read, and stay for a while. Throws what the list of fired alerts throws.
 *
 * https://help.splunk.com/en/splunk-enterprise/rest-api-reference/10.0/search-endpoints/search-endpoint-descriptions
 */
export async function probeSplunk(ask: SplunkApi, options: ProbeOptions): Promise<string[]> {
  return [...(await newestAlert(ask, options)), ...(await untracked(ask, options))]
}

async function newestAlert(ask: SplunkApi, { call }: ProbeOptions): Promise<string[]> {
  const [newest] = await newestAlerts(ask, { count: 1, call })
  if (newest === undefined) return []
  const { sid, savedsearch_name } = newest.content
  const name = `"${savedsearch_name ?? sid}"`
  const keep = 'Have it keep search jobs longer (dispatch.ttl).'
  const job = await readJob(ask, { sid, call })
  if (job === 'gone') return [`Splunk does not have the results of its newest alert, ${name}, any more. ${keep}`]
  if (job === 'not allowed') return [`The token may not read the results of ${name}. Share the search with its user.`]
  const minutes = Math.round(job.ttl / 60)
  if (job.ttl < leastKeptSeconds) return [`The results of ${name} are there for ${minutes} minutes more. ${keep}`]
  return []
}

async function readJob(
  ask: SplunkApi,
  { sid, call }: { sid: string; call: NextCall },
): Promise<{ ttl: number } | 'gone' | 'not allowed'> {
  try {
    const { status, json } = await ask(path`/services/search/jobs/${sid}`, { call, accept: [404] })
    if (status === 404) return 'gone'
    return parseAnswer(SearchJob, json, 'Splunk: search job').entry[0].content
  } catch (error) {
    if (error instanceof ConnectorRefused && error.status === 403) return 'not allowed'
    throw error
  }
}

async function untracked(ask: SplunkApi, { source, call }: ProbeOptions): Promise<string[]> {
  const names: string[] = []
  for (let offset = 0; ; offset += searchesAtOnce) {
    const query = { count: searchesAtOnce, offset, search: 'action.webhook=1' }
    const { json } = await ask('/servicesNS/-/-/saved/searches', { call, query })
    const { entry, messages } = parseAnswer(SavedSearches, json, 'Splunk: saved searches')
    throwErrors(messages, 'saved searches')
    const ours = entry.filter(({ content }) => !content.disabled && callsSource(content, source))
    names.push(...ours.filter(({ content }) => !content['alert.track']).map(({ name }) => name))
    if (entry.length < searchesAtOnce) break
  }
  return names.map(
    (name) => `"${name}" is not tracked, so a sweep may not see it. Give it the action "Add to Triggered Alerts".`,
  )
}

/** The address holds the token, and is not shown. */
function callsSource(content: { 'action.webhook.param.url'?: string | null | undefined }, source: string): boolean {
  return (
    URL.parse(content['action.webhook.param.url'] ?? '')
      ?.pathname.split('/')
      .includes(source) ?? false
  )
}
