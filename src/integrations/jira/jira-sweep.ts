import { answeredAt } from '../../connectors/answered-at.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import type { HttpAuth } from '../../connectors/http-auth.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import type { Listed, NextCall, SweepDefinition } from '../../intake/sweep.ts'
import type { Edition } from './edition.ts'
import { type JiraClient, jiraClient, readSite } from './jira-client.ts'
import { type SweptIssue, SweptPage, type Webhook, WebhookIssue } from './schema.ts'

/** What both editions are asked for. */
export interface SweptTickets {
  /** The site. */
  url: string
  /** Which tickets: the webhook's own filter, such as `project = SEC`. */
  jql: string
  /** The rest between two sweeps, at least a second. Default `5m`. */
  every?: Duration
}

interface SweepTools {
  auth: HttpAuth
  edition: Edition
  /** What the source is called, for faults of the configuration. */
  source: string
}

const ticketsAtOnce = 100
const minuteMs = 60_000

/** What the webhook says of an issue, as far as it is used. */
const fields = [
  'summary',
  'description',
  'labels',
  'project',
  'issuetype',
  'status',
  'reporter',
  'resolution',
  'created',
]

/**
 * Asks Jira for the tickets that were created. They are told as they are now. Version 2 of the API, because rich text is
 * the same there as in webhooks.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issue-search/#api-rest-api-2-search-jql-post and
 * https://developer.atlassian.com/server/jira/platform/rest/v11003/api-group-search/
 *
 * @throws ConfigError where the site is none, the JQL is empty or sorts, or the rest is too short.
 */
export function jiraSweep(
  { url, jql, every = '5m' }: SweptTickets,
  { auth, edition, source }: SweepTools,
): SweepDefinition<Webhook> {
  const everyMs = durationMs(every)
  const site = checkOptions({ url, jql, everyMs }, { edition, source })
  return {
    secrets: auth.secrets,
    everyMs,
    connect() {
      const client = jiraClient({ site, auth, edition })
      // Before now, because Jira reads a date in the zone of the account.
      const createdWithin = (minutes: number, call: NextCall) =>
        search(client, { jql: `(${jql}) AND created >= -${minutes}m`, call })
      return {
        now: (call) => timeAt(client, call),
        async list(since, call) {
          const ms = (await timeAt(client, call)).getTime() - since.getTime()
          // Whole minutes, and one more than enough.
          const issues = await createdWithin(Math.max(0, Math.ceil(ms / minuteMs)) + 1, call)
          return issues.map(listedIssue)
        },
        async probe(call) {
          await createdWithin(1, call)
          return []
        },
      }
    },
  }
}

async function timeAt(client: JiraClient, call: NextCall): Promise<Date> {
  return answeredAt(await client.send({ path: `${client.edition.api}/myself`, ...call() }))
}

async function search(client: JiraClient, { jql, call }: { jql: string; call: NextCall }): Promise<SweptIssue[]> {
  const found: SweptIssue[] = []
  const asked = { jql: `${jql} ORDER BY created ASC`, fields, maxResults: ticketsAtOnce }
  for (let from = {}; ; ) {
    const body = { ...asked, ...from }
    const { json } = await client.send({ method: 'POST', path: `/rest/api/2${client.edition.search}`, body, ...call() })
    const { issues, nextPageToken, total = 0 } = parseAnswer(SweptPage, json, 'Jira: search')
    found.push(...issues)
    // Cloud tells where the next page begins, Data Center how many there are.
    if (nextPageToken) from = { nextPageToken }
    else if (issues.length > 0 && found.length < total) from = { startAt: found.length }
    else return found
  }
}

function listedIssue(listed: SweptIssue): Listed<Webhook> {
  const at = new Date(listed.fields.created)
  return {
    id: listed.id,
    at,
    async *read() {
      const issue = parseAnswer(WebhookIssue, listed, `Jira: issue ${listed.id}`)
      yield [{ webhookEvent: 'jira:issue_created', timestamp: at.getTime(), issue }]
    },
  }
}

function checkOptions(
  { url, jql, everyMs }: { url: string; jql: string; everyMs: number },
  { edition, source }: Omit<SweepTools, 'auth'>,
): URL {
  const faults: ConfigFault[] = []
  const site = readSite(url)
  if (site === undefined)
    faults.push({ at: `sources.${source}.sweep.url`, problem: `write the site as ${edition.siteHint}` })
  if (jql.trim() === '' || /\border\s+by\b/i.test(jql))
    faults.push({
      at: `sources.${source}.sweep.jql`,
      problem: 'write which tickets, as project = SEC, without ORDER BY',
    })
  if (everyMs < 1000) faults.push({ at: `sources.${source}.sweep.every`, problem: 'must be at least 1s' })
  if (site === undefined || faults.length > 0) throw new ConfigError(faults)
  return site
}
