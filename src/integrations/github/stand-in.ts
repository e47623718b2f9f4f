import { type HttpStandIn, httpStandIn, type StandInAnswer } from '../../stand-ins/http-stand-in.ts'
import { failure } from './stand-in/answers.ts'
import { representations } from './stand-in/representations.ts'
import { routes } from './stand-in/routes.ts'
import {
  type Account,
  commitOf,
  gitHubSite,
  type IssueChange,
  type StandInComment,
  type StandInFile,
  type StandInIssue,
} from './stand-in/site.ts'
import { type Webhooks, webhookSender } from './stand-in/webhooks.ts'

export type { Account, StandInComment, StandInFile, StandInIssue } from './stand-in/site.ts'
export type { WebhookDelivery, WebhookRegistration } from './stand-in/webhooks.ts'

export interface GitHubStandInOptions {
  /** The token that the REST API takes, which is worth nothing elsewhere. Default `stand-in-token`. */
  token?: string
  /** The repositories. Default `acme/shop`. */
  repositories?: readonly string[]
  /** Whether the token's account may push, without which labels are dropped. Default true. */
  canPush?: boolean
  /** Default 0: the system picks one. */
  port?: number
  /** The clock, in milliseconds. */
  now?: () => number
}

/** A limit of GitHub's that is reached: the requests of an hour are used up, or there were too many at once. */
export type ReachedLimit = { kind: 'primary'; resetsAt: Date } | { kind: 'secondary'; retryAfterSeconds?: number }

export interface GitHubStandIn extends HttpStandIn {
  token: string
  /** The accounts that act here: the one of the token and a person. */
  accounts: { api: Account; person: Account }
  /** All issues and pull requests, oldest first. */
  issues(): readonly StandInIssue[]
  /** Opens an issue in the first repository. */
  openAsPerson(issue: { title: string; body?: string; labels?: string[] }): StandInIssue
  /** Opens a pull request in the first repository, of a branch that changes these files. */
  openPullRequest(pull: { title: string; body?: string; isDraft?: boolean; files?: StandInFile[] }): StandInIssue
  /** Pushes a commit to a pull request's branch. */
  push(number: number, files?: StandInFile[]): void
  /** Closes a pull request by merging it. */
  merge(number: number): void
  /** Changes an issue or a pull request of the first repository; its state too, which closes or reopens it. */
  changeAsPerson(number: number, change: IssueChange): void
  commentAsPerson(number: number, text: string): StandInComment
  deleteAsPerson(number: number): void
  deleteCommentAsPerson(number: number, commentId: number): void
  /** Tells of whatever a webhook would tell of, at once. */
  watchHappenings(tell: (event: string, payload: object) => void): void
  /** Has the API refuse everything for a limit that is reached; called with nothing, no more. */
  limit(reached?: ReachedLimit): void
  webhooks: Pick<Webhooks, 'register' | 'redeliver' | 'deliveries' | 'forgetPayloads'>
}

/**
 * A stateful GitHub on 127.0.0.1: the part of the REST API that Adder uses, refusing what GitHub refuses, and signed
 * webhooks that are sent once.
 *
 * Its methods are of people who use GitHub in the browser. They throw for an issue that there is none of.
 *
 * https://docs.github.com/en/rest and https://docs.github.com/en/webhooks (November 2026)
 */
export async function startGitHub({
  token = 'stand-in-token',
  repositories = ['acme/shop'],
  canPush = true,
  port = 0,
  now = Date.now,
}: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
  const [repository = ''] = repositories
  const api: Account = { id: 101, login: 'adder-acme' }
  const person: Account = { id: 102, login: 'robin-vega' }
  const site = gitHubSite({ now, repositories })
  const show = representations({ base: () => http.url, repositoryId: site.repositoryId })
  const webhooks = webhookSender({ show: show.webhook, now })
  site.happened.on('happening', webhooks.tell)
  let reached: ReachedLimit | undefined

  const http = await httpStandIn({
    routes: routes({
      webhooks,
      canPush,
      site,
      show,
      account: api,
      token,
      assignable: [api.login, person.login],
      limit: () => reached && limited(reached),
    }),
    failure,
    isPage: (path) => /^\/[^/]+\/[^/]+\/pull\/\d+$/.test(path),
    port,
  })

  function existing(number: number): StandInIssue {
    const issue = site.find(repository, number)
    if (issue === undefined) throw new Error(`The GitHub stand-in has no issue ${number}`)
    return issue
  }

  function existingPull(number: number) {
    const issue = existing(number)
    if (issue.pull === undefined) throw new Error(`The GitHub stand-in has no pull request ${number}`)
    return { issue, pull: issue.pull }
  }

  const { close } = http
  // Not spread: `requests` has to stay the server's own list.
  return Object.assign(http, {
    token,
    accounts: { api, person },
    issues: () => site.issues,
    openAsPerson: (issue: { title: string; body?: string; labels?: string[] }) =>
      site.create(repository, issue, person),
    openPullRequest({
      isDraft = false,
      files = [],
      ...pull
    }: {
      title: string
      body?: string
      isDraft?: boolean
      files?: StandInFile[]
    }) {
      const branch = `branch-${site.issues.length + 1}`
      const head = { branch, commit: commitOf(branch) }
      return site.create(repository, pull, person, {
        isDraft,
        mergedAt: undefined,
        head,
        base: 'main',
        commits: 1,
        files: [...files],
      })
    },
    push(number: number, files: StandInFile[] = []) {
      const { issue, pull } = existingPull(number)
      site.push(issue, pull, { content: `${pull.head.commit} ${pull.commits}`, files }, person)
    },
    merge(number: number) {
      const { issue, pull } = existingPull(number)
      pull.mergedAt = now()
      site.change(issue, { state: 'closed' }, person)
    },
    changeAsPerson: (number: number, change: IssueChange) => site.change(existing(number), change, person),
    commentAsPerson: (number: number, text: string) => site.addComment(existing(number), text, person),
    deleteAsPerson: (number: number) => site.remove(existing(number), person),
    deleteCommentAsPerson(number: number, commentId: number) {
      const found = site.findComment(repository, commentId)
      if (found === undefined) throw new Error(`The GitHub stand-in has no comment ${commentId} on ${number}`)
      site.removeComment(found.issue, found.comment, person)
    },
    watchHappenings(tell: (event: string, payload: object) => void) {
      site.happened.on('happening', (happening) => tell(happening.event, show.webhook(happening)))
    },
    limit(how?: ReachedLimit) {
      reached = how
    },
    webhooks,
    close: async () => {
      webhooks.close()
      await close()
    },
  })
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function limited(reached: ReachedLimit): StandInAnswer {
  const answer = failure(403, 'You have exceeded a limit.', 'rest/using-the-rest-api/rate-limits-for-the-rest-api')
  return { ...answer, headers: limitHeaders(reached) }
}

function limitHeaders(reached: ReachedLimit): Record<string, string> {
  if (reached.kind === 'primary')
    return {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(reached.resetsAt.getTime() / 1000)),
    }
  return reached.retryAfterSeconds === undefined ? {} : { 'retry-after': String(reached.retryAfterSeconds) }
}
