import { type HttpStandIn, httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { failure } from './stand-in/answers.ts'
import { cloud, dataCenter } from './stand-in/edition.ts'
import { isPage, pages } from './stand-in/pages.ts'
import { routes } from './stand-in/routes.ts'
import { type Account, jiraSite, type StandInComment, type StandInIssue } from './stand-in/site.ts'
import { type Webhooks, webhookSender } from './stand-in/webhooks.ts'
import { writeLimit } from './stand-in/write-limit.ts'

export type { Account, StandInComment, StandInIssue } from './stand-in/site.ts'
export type { WebhookDelivery, WebhookRegistration } from './stand-in/webhooks.ts'

export interface JiraStandInOptions {
  /** Default `cloud`. */
  edition?: 'cloud' | 'data center'
  /** The account that the REST API takes in Jira Cloud. Default `adder@acme.example`. */
  email?: string
  /** Its API token, or personal access token, which is worth nothing elsewhere. Default `stand-in-token`. */
  token?: string
  /** Keys of projects. Default `SEC`. */
  projects?: readonly string[]
  /** Types of tickets. Default `Incident` and `Task`. */
  types?: readonly string[]
  /** How long a new ticket stays out of search results. Default 0. */
  searchLagMs?: number
  /** Whether Jira Cloud's limits for writes to one issue hold (20 in 2 seconds, 100 in 30 seconds). Default true. */
  hasWriteLimits?: boolean
  /** The wait before a webhook's first retry in milliseconds, doubled for each further one. Default 250. */
  webhookRetryMs?: number
  /** Default 0: the system picks one. */
  port?: number
  /** The clock, in milliseconds. */
  now?: () => number
}

export interface JiraStandIn extends HttpStandIn {
  email: string
  token: string
  /** The accounts that act here: the one of the API and a person. */
  accounts: { api: Account; person: Account }
  /** All tickets, oldest first. */
  issues(): readonly StandInIssue[]
  /** A ticket's comments, oldest first. */
  comments(key: string): readonly StandInComment[]
  /** In the first project; of the first type by default. */
  createAsPerson(ticket: {
    summary: string
    type?: string
    description?: string
    labels?: readonly string[]
  }): StandInIssue
  commentAsPerson(key: string, text: string): StandInComment
  /** Sets fields by their ids. */
  editAsPerson(key: string, fields: Record<string, unknown>): void
  /**
   * Moves a ticket along the workflow: To Do, In Progress, Done.
   *
   * @param fields set along with it, by their ids; `{ resolution: null }` as a workflow that sets none.
   */
  transitionAsPerson(key: string, status: string, fields?: Record<string, unknown>): void
  /** Moves a ticket to another project, which gives it another key; its former ones lead to it. */
  moveAsPerson(key: string, project: string): void
  deleteAsPerson(key: string): void
  deleteCommentAsPerson(key: string, commentId: string): void
  /** How long new tickets stay out of search results from now on. */
  lagSearch(ms: number): void
  webhooks: Pick<Webhooks, 'register' | 'switchOn' | 'hold' | 'deliveries'>
}

/**
 * A stateful Jira site on 127.0.0.1: the part of REST version 3, or 2 in Data Center, that Adder uses, refusing what Jira
 * refuses; a search that lags; signed webhooks, with retries in Cloud; limits for writes; and pages to look at, with a
 * list at `/`.
 *
 * Its methods are of people who use Jira in the browser. They throw for a ticket or a status that there is none of.
 */
export async function startJira({
  edition: name = 'cloud',
  email = 'adder@acme.example',
  token = 'stand-in-token',
  projects = ['SEC'],
  types = ['Incident', 'Task'],
  searchLagMs = 0,
  hasWriteLimits = true,
  webhookRetryMs = 250,
  port = 0,
  now = Date.now,
}: JiraStandInOptions = {}): Promise<JiraStandIn> {
  const edition = name === 'cloud' ? cloud : dataCenter
  const view = () => ({ base: http.url, edition })
  const api: Account = {
    accountId: '712020:5d1a7f2e-adde',
    name: 'adder',
    key: 'JIRAUSER10100',
    displayName: 'Adder',
    emailAddress: email,
  }
  const person: Account = {
    accountId: '712020:90c4e1b7-0b1n',
    name: 'rvega',
    key: 'JIRAUSER10101',
    displayName: 'Robin Vega',
    emailAddress: 'robin@acme.example',
  }
  const site = jiraSite({ now, projects, types })
  const webhooks = webhookSender({ view, retryMs: webhookRetryMs })
  site.happened.on('happening', webhooks.tell)
  let lagMs = searchLagMs

  const http = await httpStandIn({
    routes: {
      ...routes({
        site,
        account: api,
        token,
        edition,
        view,
        now,
        searchLagMs: () => lagMs,
        limitWrite: hasWriteLimits && edition === cloud ? writeLimit(now) : () => undefined,
      }),
      ...pages(site),
    },
    failure,
    isPage,
    isWrite: (method, path) => method !== 'GET' && !/\/(?:search|search\/jql|comment\/list)$/.test(path),
    port,
  })

  function existing(key: string): StandInIssue {
    const issue = site.findIssue(key)
    if (issue === undefined) throw new Error(`The Jira stand-in has no ticket ${key}`)
    return issue
  }

  return {
    ...http,
    email,
    token,
    accounts: { api, person },
    issues: () => site.issues,
    comments: (key) => existing(key).comments,
    createAsPerson({ summary, type = types[0] ?? '', description, labels = [] }) {
      const [project = ''] = projects
      const text = description === undefined ? {} : { description: edition.typed(description) }
      return site.createIssue({ project, type, fields: { summary, labels: [...labels], ...text }, reporter: person })
    },
    commentAsPerson: (key, text) => site.addComment(existing(key), { body: edition.typed(text), author: person }),
    editAsPerson: (key, fields) => site.editIssue(existing(key), fields, person),
    transitionAsPerson(key, status, fields = {}) {
      const issue = existing(key)
      const transition = site.transitionsFrom(issue).find(({ to }) => to.name === status)
      if (transition === undefined) throw new Error(`${key} can't move from ${issue.status.name} to ${status}`)
      site.transitionIssue(issue, transition, fields, person)
    },
    moveAsPerson(key, project) {
      if (!projects.includes(project)) throw new Error(`The Jira stand-in has no project ${project}`)
      site.moveIssue(existing(key), project, person)
    },
    deleteAsPerson: (key) => site.deleteIssue(existing(key)),
    deleteCommentAsPerson: (key, commentId) => site.deleteComment(existing(key), commentId),
    lagSearch(ms) {
      lagMs = ms
    },
    webhooks,
    async close() {
      webhooks.close()
      await http.close()
    },
  }
}
