import { answeredAt } from '../../connectors/answered-at.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import type { Listed, NextCall, SweepDefinition } from '../../intake/sweep.ts'
import type { Secret } from '../../secrets/secret.ts'
import { type JiraClient, jiraClient, readSite } from './jira-client.ts'
import { type SweptIssue, SweptPage, type Webhook, WebhookIssue } from './schema.ts'

export interface JiraSweepOptions {
  /** The site: `https://acme.atlassian.net`. */
  url: string
  /** The e-mail address of an account that may browse the tickets; the ticketing's will do. */
  email: string | Secret
  /** An API token of that account. */
  token: Secret
  /** Which tickets: the webhook's own filter, such as `project = SEC`. */
  jql: string
  /** The rest between two sweeps, at least a second. Default `5m`. */
  every?: Duration
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
 * https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issue-search/#api-rest-api-2-search-jql-post
 *
 * @throws ConfigError where the site is none, the JQL is empty or sorts, or the rest is too short.
 */
export function jiraSweep({ url, email, token, jql, every = '5m' }: JiraSweepOptions): SweepDefinition<Webhook> {
  const everyMs = durationMs(every)
  const site = checkOptions({ url, jql, everyMs })
  return {
    secrets: typeof email === 'string' ? [token] : [email, token],
    everyMs,
    connect() {
      const client = jiraClient({ site, email, token })
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
  return answeredAt(await client.send({ path: path`/rest/api/3/myself`, ...call() }))
}

async function search(client: JiraClient, { jql, call }: { jql: string; call: NextCall }): Promise<SweptIssue[]> {
  const found: SweptIssue[] = []
  const asked = { jql: `${jql} ORDER BY created ASC`, fields, maxResults: ticketsAtOnce }
  for (let from = {}; ; ) {
    const body = { ...asked, ...from }
    const { json } = await client.send({ method: 'POST', path: path`/rest/api/2/search/jql`, body, ...call() })
    const { issues, nextPageToken } = parseAnswer(SweptPage, json, 'Jira: search')
    found.push(...issues)
    if (!nextPageToken) return found
    from = { nextPageToken }
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

function checkOptions({ url, jql, everyMs }: { url: string; jql: string; everyMs: number }): URL {
  const faults: ConfigFault[] = []
  const site = readSite(url)
  if (site === undefined)
    faults.push({ at: 'sources.jira.sweep.url', problem: 'write the site as https://<name>.atlassian.net' })
  if (jql.trim() === '' || /\border\s+by\b/i.test(jql))
    faults.push({ at: 'sources.jira.sweep.jql', problem: 'write which tickets, as project = SEC, without ORDER BY' })
  if (everyMs < 1000) faults.push({ at: 'sources.jira.sweep.every', problem: 'must be at least 1s' })
  if (site === undefined || faults.length > 0) throw new ConfigError(faults)
  return site
}
