import type { Effect, EffectCall } from '../../connectors/effect.ts'
import { type HttpAnswer, type HttpRequest, parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import type { Document } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { Comment, TicketRef } from '../../tickets/ticketing.ts'
import { adf } from './adf.ts'
import { adfText } from './adf-text.ts'
import { commentId, effectProperty, type JiraClient, nameOf, writeTimeoutMs } from './jira-client.ts'
import { CommentBody, CommentList, CommentPage, CreatedComment } from './schema.ts'

/** How far Jira's clock may be behind ours. */
const clockMarginMs = 5 * 60_000

const pageSize = 100

/**
 * Adds a comment whose property holds the marker; found again by that property among the comments since it was
 * intended.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/
 */
export function addComment(client: JiraClient): Effect<{ ticket: TicketRef; body: Document }, Comment> {
  return {
    once: 'by marker',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    make({ ticket, body }, { marker, signal }) {
      const properties = [{ key: effectProperty, value: { id: marker } }]
      return client.inTurn(ticket.id, signal, async () => {
        const request = { method: 'POST', below: '/comment', body: { body: adf(body), properties }, signal } as const
        const { json } = await client.sendToIssue(ticket, request)
        return { id: parseAnswer(CreatedComment, json, 'Jira: created comment').id }
      })
    },

    async find({ ticket }, call) {
      for await (const ids of commentsSince(client, ticket, call)) {
        const id = await commentWithMarker(client, ids, call)
        if (id !== undefined) return found({ id })
      }
      return notFound()
    },
  }
}

/** Pages of the ids of the comments that may be younger than the intention, newest first. */
async function* commentsSince(
  client: JiraClient,
  ticket: TicketRef,
  { intendedAt, signal }: EffectCall,
): AsyncGenerator<string[]> {
  const oldest = Date.parse(intendedAt) - clockMarginMs
  for (let startAt = 0; ; startAt += pageSize) {
    const query = { orderBy: '-created', startAt, maxResults: pageSize }
    const { json } = await client.sendToIssue(ticket, { below: '/comment', query, signal })
    const { comments, total } = parseAnswer(CommentPage, json, 'Jira: comments')
    const young = comments.filter(({ created }) => Date.parse(created) >= oldest)
    if (young.length > 0) yield young.map(({ id }) => id)
    if (young.length < comments.length || comments.length === 0 || startAt + comments.length >= total) return
  }
}

async function commentWithMarker(
  { send }: JiraClient,
  ids: readonly string[],
  { marker, signal }: EffectCall,
): Promise<string | undefined> {
  const { json } = await send({
    method: 'POST',
    path: path`/rest/api/3/comment/list`,
    query: { expand: 'properties' },
    body: { ids: ids.map(Number) },
    signal,
  })
  const { values } = parseAnswer(CommentList, json, 'Jira: comments with properties')
  return values.find(({ properties }) =>
    properties.some(({ key, value }) => key === effectProperty && hasId(value, marker)),
  )?.id
}

function hasId(value: unknown, id: string): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && value.id === id
}

/**
 * Replaces a comment's body; a body that already says so is left alone. Keeps the comment's marker. Throws `TicketGone`
 * where somebody has deleted the comment: what a person took away is not made again.
 */
export function editComment(client: JiraClient): Effect<{ ticket: TicketRef; comment: Comment; body: Document }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    make({ ticket, comment, body }, { signal }) {
      return client.inTurn(ticket.id, signal, async () => {
        await sendToComment(client, { ticket, comment, method: 'PUT', body: { body: adf(body) }, signal })
      })
    },

    async find({ ticket, comment, body }, { signal }) {
      const { json } = await sendToComment(client, { ticket, comment, signal })
      const present = parseAnswer(CommentBody, json, 'Jira: comment')
      return adfText(present.body) === adfText(adf(body)) ? found(undefined) : notFound()
    },
  }
}

interface CommentRequest extends Omit<HttpRequest, 'path'> {
  ticket: TicketRef
  comment: Comment
}

/** Jira answers 404 for a comment that is gone as for a ticket that is: asking for the ticket tells which. */
async function sendToComment(client: JiraClient, { ticket, comment, ...asked }: CommentRequest): Promise<HttpAnswer> {
  try {
    return await client.sendToIssue(ticket, { ...asked, below: path`/comment/${commentId(comment.id)}` })
  } catch (error) {
    if (!(error instanceof TicketGone)) throw error
    await client.sendToIssue(ticket, { query: { fields: 'status' }, signal: asked.signal })
    throw new TicketGone(`Jira: comment ${comment.id} on ${nameOf(ticket)} is gone: somebody has deleted it`, {
      cause: error,
    })
  }
}
