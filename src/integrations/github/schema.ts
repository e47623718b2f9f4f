import * as z from 'zod'

/**
 * GitHub's own shapes, with only the fields that are used; unknown keys are accepted.
 *
 * https://docs.github.com/en/rest and https://docs.github.com/en/webhooks/webhook-events-and-payloads (November 2026)
 */

const webAddress = z.url({ protocol: /^https?$/ })
const time = z.iso.datetime({ offset: true })
/** SHA-1, or SHA-256 in repositories that were made with it. */
const commit = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'the hash of a commit')
const number = z.number().int().positive()

/** `acme/shop`. Neither part is `.` or `..`. */
export const repositoryName = /^[\w-][\w.-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/

/** Null where the account was deleted. */
const User = z.object({ id: number, login: z.string() }).nullish()
export type User = z.infer<typeof User>

const Labels = z.array(z.object({ name: z.string() })).default([])

export const PullRequestObject = z.object({
  number,
  html_url: webAddress,
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  merged_at: z.string().nullish(),
  user: User,
  labels: Labels,
  head: z.object({ ref: z.string(), sha: commit }),
  base: z.object({ ref: z.string() }),
  created_at: time,
  updated_at: time,
  // Not in a list, and so not there for certain.
  commits: z.number().optional(),
  additions: z.number().optional(),
  deletions: z.number().optional(),
  changed_files: z.number().optional(),
})
export type PullRequestObject = z.infer<typeof PullRequestObject>

export const IssueObject = z.object({
  number,
  html_url: webAddress,
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  state_reason: z.string().nullish(),
  user: User,
  labels: Labels,
  assignees: z.array(z.object({ login: z.string() })).default([]),
  milestone: z.object({ number }).nullish(),
  /** Set where the issue is a pull request. */
  pull_request: z.object({}).nullish(),
  created_at: time,
  updated_at: time,
})
export type IssueObject = z.infer<typeof IssueObject>

/** https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files */
export const FilesPage = z.array(
  z.object({
    filename: z.string(),
    status: z.enum(['added', 'removed', 'modified', 'renamed', 'copied', 'changed', 'unchanged']),
    additions: z.number(),
    deletions: z.number(),
    previous_filename: z.string().optional(),
  }),
)
export type FilesPage = z.infer<typeof FilesPage>

/** https://docs.github.com/en/rest/issues/comments */
export const CommentObject = z.object({
  id: number,
  body: z.string().nullish(),
  user: User,
  issue_url: z.string().optional(),
})
export const CommentsPage = z.array(CommentObject)

export const IssuesPage = z.array(IssueObject)

/** https://docs.github.com/en/rest/issues/events#list-issue-events-for-an-issue */
export const IssueChanges = z.array(
  z.object({
    event: z.string(),
    actor: User,
    created_at: time,
    /** Of `labeled` and `unlabeled`. */
    label: z.object({ name: z.string() }).nullish(),
  }),
)
export type IssueChange = z.infer<typeof IssueChanges>[number]

/** https://docs.github.com/en/rest/repos/repos#get-a-repository */
export const RepositoryObject = z.object({
  has_issues: z.boolean(),
  permissions: z.object({ push: z.boolean() }).optional(),
})

/** https://docs.github.com/en/rest/users/users#get-the-authenticated-user */
export const UserObject = z.object({ id: number, login: z.string() })

/** https://docs.github.com/en/rest/repos/webhooks#get-a-repository-webhook */
export const HookObject = z.object({
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ content_type: z.string().optional() }),
})
export type HookObject = z.infer<typeof HookObject>

/** https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook */
export const DeliveriesPage = z.array(
  z.object({
    // Larger than what a number holds exactly, some day.
    id: z.union([z.number().int(), z.string()]).transform(String),
    /** The same when it was sent again. */
    guid: z.string().min(1).max(200),
    delivered_at: time,
    /** 0 where there was no answer. */
    status_code: z.number(),
    event: z.string(),
    action: z.string().nullish(),
  }),
)
export type ListedDelivery = z.infer<typeof DeliveriesPage>[number]

export const DeliveryObject = z.object({
  request: z.object({ payload: z.record(z.string(), z.unknown()).nullable() }),
})

// --- webhooks

/** In which header GitHub names the event. Its signature does not cover headers: what is told must fit the body too. */
export const eventHeader = 'x-github-event'

export const pullRequestActions = [
  'opened',
  'edited',
  'synchronize',
  'closed',
  'reopened',
  'converted_to_draft',
  'ready_for_review',
] as const
export const issueActions = ['opened', 'edited', 'closed', 'reopened'] as const

/** What happened to a pull request; `synchronize` is GitHub's word for new commits. */
export type PullRequestAction = (typeof pullRequestActions)[number]
export type IssueAction = (typeof issueActions)[number]

const common = {
  repository: z.object({ id: number, full_name: z.string().regex(repositoryName, 'a repository as owner/name') }),
  sender: User,
}

const PullRequestWebhook = z.object({
  [eventHeader]: z.literal('pull_request'),
  action: z.enum(pullRequestActions),
  // Reviews have a pull request too, and no number beside it.
  number,
  pull_request: PullRequestObject,
  /** The head before, of `synchronize`. */
  before: commit.optional(),
  ...common,
})
export type PullRequestWebhook = z.infer<typeof PullRequestWebhook>

const IssueWebhook = z.object({
  [eventHeader]: z.literal('issues'),
  action: z.enum(issueActions),
  issue: IssueObject,
  /** What was there before, of `edited`. */
  changes: z
    .object({
      title: z.object({ from: z.string() }).optional(),
      body: z.object({ from: z.string().nullish() }).optional(),
    })
    .optional(),
  // A comment is told with its issue, too.
  comment: z.never({ error: 'no comment' }).optional(),
  ...common,
})
export type IssueWebhook = z.infer<typeof IssueWebhook>

const CommentWebhook = z.object({
  [eventHeader]: z.literal('issue_comment'),
  action: z.literal('created'),
  issue: IssueObject,
  comment: z.object({
    id: number,
    html_url: webAddress,
    body: z.string(),
    user: User,
    created_at: time,
  }),
  ...common,
})
export type CommentWebhook = z.infer<typeof CommentWebhook>

/** Events and actions of no interest here, `ping` among them. */
const Other = z.object({ [eventHeader]: z.literal('other') })

const known: Record<string, readonly string[]> = {
  pull_request: pullRequestActions,
  issues: issueActions,
  issue_comment: ['created'],
}

/** What GitHub sends to a webhook, with its `X-GitHub-Event`; any event or action that is of no interest is `other`. */
export const Webhook = z.preprocess(
  (body) => (isOther(body) ? { [eventHeader]: 'other' } : body),
  z.discriminatedUnion(eventHeader, [PullRequestWebhook, IssueWebhook, CommentWebhook, Other]),
)
export type Webhook = z.infer<typeof Webhook>

function isOther(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  const { [eventHeader]: event, action } = body as Record<string, unknown> // any object can be read as one
  return typeof event === 'string' && !isTold(event, typeof action === 'string' ? action : undefined)
}

/** Whether Adder makes events of what GitHub calls so; without an action, whether of any of its actions. */
export function isTold(event: string, action?: string | null): boolean {
  const actions = Object.hasOwn(known, event) ? known[event] : undefined
  return actions !== undefined && (typeof action !== 'string' || actions.includes(action))
}
