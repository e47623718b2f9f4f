import * as z from 'zod'

/**
 * Jira's own shapes, with only the fields that are used; unknown keys are accepted.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */

const User = z.object({
  // A user of Jira Data Center has no account id, and one who was deleted may have neither.
  accountId: z.string().optional(),
  displayName: z.string().optional(),
  emailAddress: z.string().nullish(),
})
export type User = z.infer<typeof User>

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

export const Myself = z.object({ accountId: z.string(), displayName: z.string().optional() })

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

export const CommentPage = z.object({
  comments: z.array(z.object({ id: z.string(), created: z.string() })),
  total: z.number(),
})

export const CommentList = z.object({
  values: z.array(
    z.object({
      id: z.string(),
      properties: z.array(z.object({ key: z.string(), value: z.unknown() })).default([]),
    }),
  ),
})

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
  issue: CompactIssue,
  comment: z.object({ id: issueId, body: richText, author: User.optional(), created: z.string().optional() }),
})
export type CommentCreated = z.infer<typeof CommentCreated>

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
