import type { EventDraft } from '../../intake/source.ts'
import { markerOf, withoutMarker } from './marker.ts'
import type {
  CommentWebhook,
  IssueAction,
  IssueObject,
  IssueWebhook,
  PullRequestAction,
  PullRequestObject,
  PullRequestWebhook,
  User,
  Webhook,
} from './schema.ts'

/** The kinds of events about what is on GitHub. */
export const githubEventKinds = {
  pullRequest: 'github.pull_request',
  issue: 'github.issue',
  comment: 'github.comment',
} as const

/** A pull request, as it was when GitHub told of it. */
export interface PullRequest {
  number: number
  /** Its page. */
  url: string
  title: string
  /** The description in Markdown; empty where there is none. */
  body: string
  /** The author's login; `ghost` where the account was deleted, as GitHub shows it. */
  author: string
  state: 'open' | 'closed'
  isDraft: boolean
  isMerged: boolean
  labels: string[]
  /** The branch that it comes from, and its last commit. */
  head: { branch: string; commit: string }
  /** The branch that it is for. */
  base: string
  /** Counts, which GitHub leaves out at times. */
  commits?: number
  additions?: number
  deletions?: number
  changedFiles?: number
}

export interface Issue {
  number: number
  /** Its page. */
  url: string
  title: string
  /** The description in Markdown; empty where there is none. */
  body: string
  /** The author's login; `ghost` where the account was deleted. */
  author: string
  state: 'open' | 'closed'
  /** Why it is closed, or open again: `completed`, `not_planned`, `duplicate`, `reopened`. */
  stateReason?: string
  labels: string[]
  /** GitHub counts pull requests among the issues. */
  isPullRequest: boolean
}

interface About {
  /** `acme/shop`. */
  repository: string
  /** The login of who did it. */
  actor: string
}

/** The data of `github.pull_request`. Identity: site, repository and number, what happened, and to which state of it. */
export interface PullRequestEvent extends About {
  action: PullRequestAction
  pullRequest: PullRequest
  /** The last commit before, where commits were pushed. */
  before?: string
}

/** The data of `github.issue`. Identity: site, repository and number, what happened, and when. */
export interface IssueEvent extends About {
  action: IssueAction
  issue: Issue
}

/** The data of `github.comment`: somebody commented on an issue or a pull request. Identity: site and comment id. */
export interface CommentEvent extends About {
  issue: Issue
  comment: {
    id: string
    /** Where it is on the page. */
    url: string
    /** In Markdown. */
    body: string
  }
  /** The marker of the effect that wrote it; missing where Adder did not. */
  marker?: string
}

/** The events of a delivery, none where it is of no interest. */
export function githubEvents(payload: Webhook): EventDraft[] {
  switch (payload['x-github-event']) {
    case 'pull_request':
      return [pullRequestEvent(payload)]
    case 'issues':
      return [issueEvent(payload)]
    case 'issue_comment':
      return [commentEvent(payload)]
    case 'other':
      return []
  }
}

/**
 * Not identified by `X-GitHub-Delivery`, although all deliveries of a fact have the same: the signature does not cover
 * it, so whoever has seen a delivery could send it again as another fact.
 */
function pullRequestEvent(payload: PullRequestWebhook): EventDraft<PullRequestEvent> {
  const { action, pull_request: object, repository, before } = payload
  const parts = [siteOf(object), String(repository.id), String(object.number), action]
  return {
    kind: githubEventKinds.pullRequest,
    // It is opened once, and everything else can happen again.
    identity: action === 'opened' ? parts : [...parts, object.head.sha, object.updated_at],
    at: new Date(object.updated_at),
    data: {
      action,
      ...about(payload),
      pullRequest: pullRequestOf(object),
      ...(before === undefined ? {} : { before }),
    },
  }
}

function issueEvent(payload: IssueWebhook): EventDraft<IssueEvent> {
  const { action, issue, repository } = payload
  const parts = [siteOf(issue), String(repository.id), String(issue.number), action]
  return {
    kind: githubEventKinds.issue,
    identity: action === 'opened' ? parts : [...parts, issue.updated_at],
    at: new Date(issue.updated_at),
    data: { action, ...about(payload), issue: issueOf(issue) },
  }
}

function commentEvent(payload: CommentWebhook): EventDraft<CommentEvent> {
  const { comment, issue } = payload
  const marker = markerOf(comment.body)
  return {
    kind: githubEventKinds.comment,
    identity: [siteOf(issue), String(comment.id)],
    at: new Date(comment.created_at),
    data: {
      ...about(payload),
      issue: issueOf(issue),
      comment: { id: String(comment.id), url: comment.html_url, body: withoutMarker(comment.body) },
      ...(marker === undefined ? {} : { marker }),
    },
  }
}

/** The pull request in Adder's spelling. */
export function pullRequestOf(object: PullRequestObject): PullRequest {
  const { number, html_url: url, title, state, draft, merged_at, user, labels, head, base } = object
  const { commits, additions, deletions, changed_files: changedFiles } = object
  return {
    number,
    url,
    title,
    body: withoutMarker(object.body),
    author: login(user),
    state,
    isDraft: draft,
    isMerged: typeof merged_at === 'string',
    labels: labels.map(({ name }) => name),
    head: { branch: head.ref, commit: head.sha },
    base: base.ref,
    ...(commits === undefined ? {} : { commits }),
    ...(additions === undefined ? {} : { additions }),
    ...(deletions === undefined ? {} : { deletions }),
    ...(changedFiles === undefined ? {} : { changedFiles }),
  }
}

function issueOf({ number, html_url: url, title, body, state, ...object }: IssueObject): Issue {
  const { state_reason: stateReason, user, labels, pull_request } = object
  return {
    number,
    url,
    title,
    body: withoutMarker(body),
    author: login(user),
    state,
    ...(stateReason ? { stateReason } : {}),
    labels: labels.map(({ name }) => name),
    isPullRequest: Boolean(pull_request),
  }
}

function about({ repository, sender }: PullRequestWebhook | IssueWebhook | CommentWebhook): About {
  return { repository: repository.full_name, actor: login(sender) }
}

function login(user: User): string {
  return user?.login ?? 'ghost'
}

/** A GitHub Enterprise Server counts repositories for itself. */
function siteOf({ html_url }: { html_url: string }): string {
  return new URL(html_url).host
}
