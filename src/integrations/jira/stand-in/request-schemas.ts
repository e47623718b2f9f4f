import * as z from 'zod'

/**
 * The bodies that the stand-in takes, as Jira's REST API documents them and without the parts that Adder has no use
 * for: an unknown key is refused.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/
 */

const fields = z.record(z.string(), z.unknown())

const properties = z.array(
  z.strictObject({
    key: z.string().min(1).max(255),
    value: z.unknown().refine((value) => JSON.stringify(value ?? null).length <= 32_768, 'over 32,768 characters'),
  }),
)

export const CreateIssueBody = z.strictObject({ fields, properties: properties.optional() })

export const EditIssueBody = z.strictObject({ fields })

export const TransitionBody = z.strictObject({
  transition: z.strictObject({ id: z.string() }),
  fields: fields.optional(),
})

export const CreateCommentBody = z.strictObject({ body: z.unknown(), properties: properties.optional() })

export const EditCommentBody = z.strictObject({ body: z.unknown() })

export const RemoteLinkBody = z.strictObject({
  globalId: z.string().max(255).optional(),
  relationship: z.string().optional(),
  object: z.strictObject({ url: z.url(), title: z.string().min(1).max(255), summary: z.string().optional() }),
})

export const SearchBody = z.strictObject({
  jql: z.string(),
  fields: z.array(z.string()).optional(),
  properties: z.array(z.string()).max(5).optional(),
  maxResults: z.number().int().min(1).max(5000).default(50),
  nextPageToken: z.string().regex(/^\d+$/).optional(),
  reconcileIssues: z.array(z.number().int()).max(50).default([]),
})

/** Of Jira Data Center: https://developer.atlassian.com/server/jira/platform/rest/v11003/api-group-search/ */
export const PagedSearchBody = z.strictObject({
  jql: z.string(),
  fields: z.array(z.string()).optional(),
  startAt: z.number().int().min(0).default(0),
  maxResults: z.number().int().min(1).max(1000).default(50),
})

export const CommentListBody = z.strictObject({ ids: z.array(z.number().int()).min(1).max(1000) })
