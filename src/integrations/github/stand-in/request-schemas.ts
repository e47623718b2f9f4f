import * as z from 'zod'

/**
 * The bodies that the stand-in takes, as GitHub's REST API documents them and without the parts that Adder has no use for:
 * an unknown key is refused.
 *
 * https://docs.github.com/en/rest/issues/issues and https://docs.github.com/en/rest/issues/comments (November 2026)
 */

const text = z.string().max(65_536)

const issue = {
  body: text.optional(),
  labels: z.array(z.string().min(1).max(50)).max(100).optional(),
  assignees: z.array(z.string().min(1)).max(10).optional(),
  milestone: z.number().int().positive().nullish(),
}

const title = z.string().trim().min(1).max(256)

export const CreateIssueBody = z.strictObject({ title, ...issue })

export const EditIssueBody = z.strictObject({
  title: title.optional(),
  ...issue,
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).nullish(),
})

export const CommentBody = z.strictObject({ body: text.min(1) })
