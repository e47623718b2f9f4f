import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import { checkBody, failure, Refusal } from './answers.ts'
import { pullPage } from './pull-page.ts'
import type { Representations } from './representations.ts'
import { CommentBody, CreateIssueBody, EditIssueBody } from './request-schemas.ts'
import type { Account, GitHubSite, StandInIssue } from './site.ts'
import type { Webhooks } from './webhooks.ts'

export interface RoutesOptions {
  site: GitHubSite
  show: Representations
  account: Account
  token: string
  /** Logins that issues can be assigned to. */
  assignable: readonly string[]
  /** An answer instead of what was asked for, where a limit is reached. */
  limit(): StandInAnswer | undefined
  webhooks: Pick<Webhooks, 'find' | 'deliveries'>
  /** Without it, labels, assignees and milestones are dropped silently. */
  canPush: boolean
}

const versions = ['2022-11-28', '2026-03-10']

/**
 * The part of GitHub's REST API that Adder uses. What a token may not see is 404, and a parameter that is not documented
 * is refused, which GitHub itself would overlook.
 *
 * https://docs.github.com/en/rest
 */
export function routes({
  site,
  show,
  account,
  token,
  assignable,
  limit,
  webhooks,
  canPush,
}: RoutesOptions): Record<string, StandInHandler> {
  function repositoryOf({ params: { owner, repo } }: StandInRequest): string {
    const repository = site.findRepository(`${owner}/${repo}`)
    if (repository === undefined) throw new Refusal(404, 'Not Found')
    return repository
  }

  function issueOf(request: StandInRequest): StandInIssue {
    const issue = site.find(repositoryOf(request), Number(request.params.number))
    if (issue === undefined) throw new Refusal(404, 'Not Found')
    return issue
  }

  function pullOf(request: StandInRequest) {
    const issue = issueOf(request)
    if (issue.pull === undefined) throw new Refusal(404, 'Not Found')
    return { issue, pull: issue.pull }
  }

  function commentOf(request: StandInRequest) {
    const found = site.findComment(repositoryOf(request), Number(request.params.id))
    if (found === undefined) throw new Refusal(404, 'Not Found')
    return found
  }

  function hookOf(request: StandInRequest) {
    repositoryOf(request)
    const hookId = Number(request.params.hook)
    const hook = webhooks.find(hookId)
    if (hook === undefined) throw new Refusal(404, 'Not Found')
    return { hookId, hook, deliveries: webhooks.deliveries.filter((each) => each.hookId === hookId).reverse() }
  }

  function checkAssignees(logins: readonly string[] = []): void {
    if (!logins.every((login) => assignable.includes(login))) throw new Refusal(422, 'Validation Failed (assignees)')
  }

  function permitted<T extends { labels?: unknown; assignees?: unknown; milestone?: unknown }>(body: T): T {
    return canPush ? body : { ...body, labels: undefined, assignees: undefined, milestone: undefined }
  }

  const guarded = (known: readonly string[], handler: StandInHandler): StandInHandler => {
    return async (request) => {
      try {
        return guard(request, { token, known }) ?? limit() ?? (await handler(request))
      } catch (error) {
        if (error instanceof Refusal) return error.answer
        throw error
      }
    }
  }

  return {
    'GET /user': guarded([], () => ({ json: show.user(account) })),

    'GET /repos/:owner/:repo': guarded([], (request) => ({
      json: { ...show.repository(repositoryOf(request)), has_issues: true, permissions: { pull: true, push: canPush } },
    })),

    'GET /repos/:owner/:repo/hooks/:hook': guarded([], (request) => {
      const { hookId, hook } = hookOf(request)
      return { json: show.hook(hookId, hook) }
    }),

    'GET /repos/:owner/:repo/hooks/:hook/deliveries': guarded(['per_page', 'cursor'], (request) => {
      const { deliveries } = hookOf(request)
      const size = Math.min(100, Number(request.query.get('per_page') ?? 30))
      const from = Number(request.query.get('cursor') ?? 0)
      const isMore = from + size < deliveries.length
      // A client that goes there, and not only takes the cursor, gets nowhere.
      const next = `<https://elsewhere.example/hooks?per_page=${size}&cursor=${from + size}>; rel="next"`
      const json = deliveries.slice(from, from + size).map(show.delivery)
      return { json, headers: isMore ? { link: next } : {} }
    }),

    'GET /repos/:owner/:repo/hooks/:hook/deliveries/:id': guarded([], (request) => {
      const { deliveries } = hookOf(request)
      const delivery = deliveries.find(({ id }) => String(id) === request.params.id)
      if (delivery === undefined) throw new Refusal(404, 'Not Found')
      return { json: { ...show.delivery(delivery), request: { headers: {}, payload: delivery.payload } } }
    }),

    // For people, who are signed in.
    'GET /:owner/:repo/pull/:number': (request) => {
      const issue = site.find(`${request.params.owner}/${request.params.repo}`, Number(request.params.number))
      return issue?.pull === undefined ? failure(404, 'Not Found') : { text: pullPage(issue, issue.pull) }
    },

    'GET /repos/:owner/:repo/pulls/:number': guarded([], (request) => {
      const { issue, pull } = pullOf(request)
      return { json: show.pull(issue, pull) }
    }),

    'GET /repos/:owner/:repo/pulls/:number/files': guarded(['per_page', 'page'], (request) => ({
      json: pageOf(pullOf(request).pull.files, request).map(show.file),
    })),

    'GET /repos/:owner/:repo/issues': guarded(
      ['state', 'sort', 'direction', 'since', 'per_page', 'page'],
      (request) => {
        const { query } = request
        const [state, since] = [query.get('state') ?? 'open', sinceOf(request)]
        const listed = site
          .of(repositoryOf(request))
          .filter((issue) => (state === 'all' || issue.state === state) && issue.updatedAt >= since)
          .sort((a, b) => b.createdAt - a.createdAt || b.number - a.number)
        if (query.get('direction') === 'asc') listed.reverse()
        return { json: pageOf(listed, request).map(show.issue) }
      },
    ),

    'POST /repos/:owner/:repo/issues': guarded([], (request) => {
      const { milestone, ...made } = permitted(checkBody(CreateIssueBody, request.json))
      checkAssignees(made.assignees)
      const planned = milestone === null || milestone === undefined ? {} : { milestone }
      const issue = site.create(repositoryOf(request), { ...defined(made), ...planned }, account)
      return { status: 201, json: show.issue(issue) }
    }),

    'GET /repos/:owner/:repo/issues/:number': guarded([], (request) => ({ json: show.issue(issueOf(request)) })),

    'PATCH /repos/:owner/:repo/issues/:number': guarded([], (request) => {
      const issue = issueOf(request)
      const { state_reason, milestone, ...change } = permitted(checkBody(EditIssueBody, request.json))
      checkAssignees(change.assignees)
      // A reason without a change of state is overlooked.
      const isMoved = change.state !== undefined && change.state !== issue.state
      const moved = isMoved
        ? { stateReason: state_reason ?? (change.state === 'closed' ? 'completed' : 'reopened') }
        : {}
      const planned = milestone === undefined ? {} : { milestone: milestone ?? undefined }
      site.change(issue, { ...defined(change), ...moved, ...planned }, account)
      return { json: show.issue(issue) }
    }),

    'GET /repos/:owner/:repo/issues/:number/events': guarded(['per_page', 'page'], (request) => ({
      json: pageOf(issueOf(request).changes, request).map(show.change),
    })),

    'GET /repos/:owner/:repo/issues/:number/comments': guarded(['since', 'per_page', 'page'], (request) => {
      const issue = issueOf(request)
      const listed = issue.comments.filter(({ updatedAt }) => updatedAt >= sinceOf(request))
      return { json: pageOf(listed, request).map((comment) => show.comment(issue, comment)) }
    }),

    'POST /repos/:owner/:repo/issues/:number/comments': guarded([], (request) => {
      const issue = issueOf(request)
      const comment = site.addComment(issue, checkBody(CommentBody, request.json).body, account)
      return { status: 201, json: show.comment(issue, comment) }
    }),

    'GET /repos/:owner/:repo/issues/comments/:id': guarded([], (request) => {
      const { issue, comment } = commentOf(request)
      return { json: show.comment(issue, comment) }
    }),

    'PATCH /repos/:owner/:repo/issues/comments/:id': guarded([], (request) => {
      const { issue, comment } = commentOf(request)
      site.editComment(issue, comment, checkBody(CommentBody, request.json).body, account)
      return { json: show.comment(issue, comment) }
    }),
  }
}

function guard(
  { headers, query }: StandInRequest,
  { token, known }: { token: string; known: readonly string[] },
): StandInAnswer | undefined {
  if (headers['user-agent'] === undefined) return failure(403, 'Request forbidden by administrative rules.')
  if (headers.authorization !== `Bearer ${token}`) return failure(401, 'Bad credentials')
  if (!versions.includes(String(headers['x-github-api-version'] ?? versions[0])))
    return failure(400, 'The API version is not supported')
  const unknown = [...query.keys()].find((name) => !known.includes(name))
  return unknown === undefined ? undefined : failure(422, `Unknown parameter "${unknown}"`)
}

function pageOf<T>(all: readonly T[], { query }: StandInRequest): T[] {
  const size = Math.min(100, Number(query.get('per_page') ?? 30))
  const page = Number(query.get('page') ?? 1)
  return all.slice((page - 1) * size, page * size)
}

/** Times are compared in whole seconds. */
function sinceOf({ query }: StandInRequest): number {
  const since = Date.parse(query.get('since') ?? '1970-01-01T00:00:00Z')
  if (Number.isNaN(since)) throw new Refusal(422, 'Validation Failed (since)')
  return Math.floor(since / 1000) * 1000
}

/** Without the keys that are not set. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> } // what was undefined is left out
}
