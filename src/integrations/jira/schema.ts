import * as z from 'zod'

/**
 * Jira's own shapes, with only the fields that are used; unknown keys are accepted.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */

const User = z.object({
  // A user of Jira Data Center has a key instead, and one who was deleted may have neither.
  accountId: z.string().optional(),
  key: z.string().optional(),
  displayName: z.string().optional(),
  emailAddress: z.string().nullish(),
})
export type User = z.infer<typeof User>

/** What stays the same when the user is given another name. */
export function userId({ accountId, key }: User): string | undefined {
  return accountId ?? key
}

const Named = z.object({ name: z.string() })

const Status = z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }).optional() })

// Loose, because `toString` can't stand in a shape: every object has a method of that name, and where the key is missing
// the method would be taken for its value.
const ChangeItem = z.looseObject({
  field: z.string(),
  fieldId: z.string().optional(),
  from: z.string().nullish(),
  fromString: z.string().nullish(),
  to: z.string().nullish(),
})
export type ChangeItem = z.infer<typeof ChangeItem>

export const CreatedIssue = z.object({ id: z.string(), key: z.string() })

export const CreatedComment = z.object({ id: z.string() })

export const Myself = z
  .union([User.extend({ accountId: z.string() }), User.extend({ key: z.string() })])
  .transform((user) => ({ id: user.accountId ?? user.key ?? '', name: user.displayName }))

export const Fields = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    schema: z.object({ type: z.string(), items: z.string().optional(), custom: z.string().optional() }).optional(),
  }),
)
export type Field = z.infer<typeof Fields>[number]

/** The changed value as Jira shows it; `from` and `to` are ids where the field has them. */
export function shownValue(item: ChangeItem, side: 'from' | 'to'): string | null {
  const shown = side === 'from' ? item.fromString : Object.hasOwn(item, 'toString') ? item.toString : undefined
  if (typeof shown === 'string' && shown !== '') return shown
  return (side === 'from' ? item.from : item.to) || null
}

const History = z.object({
  author: User.optional(),
  created: z.string(),
  items: z.array(ChangeItem),
})

export const Issue = z.object({
  id: z.string(),
  key: z.string(),
  fields: z.record(z.string(), z.unknown()),
  changelog: z.object({ histories: z.array(History) }).optional(),
  transitions: z.array(z.object({ id: z.string(), name: z.string(), to: Named })).optional(),
})
export type Issue = z.infer<typeof Issue>

export const TicketFields = z.object({
  summary: z.string(),
  description: z.unknown(),
  labels: z.array(z.string()).default([]),
  status: Status,
  resolution: z.unknown(),
})

export const StatusField = z.object({ status: Named })

export const CommentBody = z.object({ body: z.unknown() })

export const EffectProperty = z.object({ value: z.object({ id: z.string() }) })

export const SearchPage = z.object({
  issues: z.array(z.object({ id: z.string(), key: z.string() })),
})

const Properties = z.array(z.object({ key: z.string(), value: z.unknown() }))

const MarkedComment = z.object({ id: z.string(), properties: Properties.default([]) })
export type MarkedComment = z.infer<typeof MarkedComment>

export const CommentPage = z.object({
  comments: z.array(MarkedComment.extend({ created: z.string() })),
  total: z.number(),
})

/** Without their properties nothing could be said of whose they are. */
export const ExpandedCommentPage = CommentPage.extend({
  comments: z.array(z.object({ id: z.string(), created: z.string(), properties: Properties })),
})

export const CommentList = z.object({ values: z.array(MarkedComment) })

// --- webhooks: rich text is a string of wiki markup there, not a document

const webAddress = z.url({ protocol: /^https?$/ })
const issueId = z.string().regex(/^\d{1,19}$/)
const issueKey = z.string().regex(/^[A-Z][A-Z0-9_]+-\d+$/)
const richText = z.string().nullish()

export const WebhookIssue = z.object({
  id: issueId,
  key: issueKey,
  self: webAddress,
  fields: z.object({
    summary: z.string(),
    description: richText,
    labels: z.array(z.string()).default([]),
    project: z.object({ key: z.string() }),
    issuetype: Named,
    status: Status,
    reporter: User.nullish(),
    resolution: Named.nullish(),
    created: z.string().optional(),
  }),
})
export type WebhookIssue = z.infer<typeof WebhookIssue>

/** Issues as version 2 of the API gives them, which is as webhooks do; each is read as such when its turn comes. */
export const SweptPage = z.object({
  issues: z.array(z.looseObject({ id: issueId, fields: z.looseObject({ created: z.string() }) })),
  nextPageToken: z.string().nullish(),
  total: z.number().optional(),
})
export type SweptIssue = z.infer<typeof SweptPage>['issues'][number]

/** The issue of a comment event has only some of its fields, and they may be missing altogether. */
const CompactIssue = z.object({
  id: issueId,
  key: issueKey,
  self: webAddress,
  fields: z
    .object({
      summary: z.string().optional(),
      project: z.object({ key: z.string() }).optional(),
      issuetype: Named.optional(),
    })
    .optional(),
})
export type CompactIssue = z.infer<typeof CompactIssue>

const WebhookComment = z.object({
  id: issueId,
  body: richText,
  author: User.optional(),
  created: z.string().optional(),
})
export type WebhookComment = z.infer<typeof WebhookComment>

const timestamp = z.number().int().nonnegative()

const IssueCreated = z.object({
  webhookEvent: z.literal('jira:issue_created'),
  timestamp,
  issue: WebhookIssue,
})

const IssueUpdated = z.object({
  webhookEvent: z.literal('jira:issue_updated'),
  timestamp,
  user: User.optional(),
  issue: WebhookIssue,
  // Of Data Center, where the update is a comment, or came with one.
  issue_event_type_name: z.string().optional(),
  comment: WebhookComment.optional(),
  // Missing where the update changed no field, such as a comment.
  changelog: z
    .object({
      id: z.union([z.string(), z.number()]).transform(String),
      items: z.array(ChangeItem),
    })
    .optional(),
})
export type IssueUpdated = z.infer<typeof IssueUpdated>

const CommentCreated = z.object({
  webhookEvent: z.literal('comment_created'),
  timestamp,
  issue: CompactIssue.optional(),
  comment: WebhookComment,
})

/** Events of no interest here: deletions, worklogs, versions. */
const Other = z.object({ webhookEvent: z.literal('other') })

const known: readonly unknown[] = ['jira:issue_created', 'jira:issue_updated', 'comment_created']

/** What Jira sends to a webhook, by its `webhookEvent`; any event that is of no interest becomes `other`. */
export const Webhook = z.preprocess(
  (body) => (isOther(body) ? { webhookEvent: 'other' } : body),
  z.discriminatedUnion('webhookEvent', [IssueCreated, IssueUpdated, CommentCreated, Other]),
)
export type Webhook = z.infer<typeof Webhook>

function isOther(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('webhookEvent' in body)) return false
  return typeof body.webhookEvent === 'string' && !known.includes(body.webhookEvent)
}
