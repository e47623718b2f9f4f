import type { Effect, EffectCall } from '../../connectors/effect.ts'
import { type HttpAnswer, type HttpRequest, parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import type { Document } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { Comment, TicketRef } from '../../tickets/ticketing.ts'
import { commentId, effectProperty, type JiraClient, nameOf, writeTimeoutMs } from './jira-client.ts'
import {
  CommentBody,
  CommentList,
  CommentPage,
  CreatedComment,
  ExpandedCommentPage,
  type MarkedComment,
} from './schema.ts'

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
        const request = {
          method: 'POST',
          below: '/comment',
          body: { body: client.edition.richText(body), properties },
          signal,
        } as const
        const { json } = await client.sendToIssue(ticket, request)
        return { id: parseAnswer(CreatedComment, json, 'Jira: created comment').id }
      })
    },

    async find({ ticket }, call) {
      for await (const comments of commentsSince(client, ticket, call)) {
        const known = client.edition.expandsComments ? comments : await withProperties(client, comments, call)
        const made = known.find(({ properties }) => isMarked(properties, call.marker))
        if (made !== undefined) return found({ id: made.id })
      }
      return notFound()
    },
  }
}

/** Pages of the comments that may be younger than the intention, newest first. */
async function* commentsSince(
  client: JiraClient,
  ticket: TicketRef,
  { intendedAt, signal }: EffectCall,
): AsyncGenerator<MarkedComment[]> {
  const { expandsComments } = client.edition
  const oldest = Date.parse(intendedAt) - clockMarginMs
  for (let startAt = 0; ; startAt += pageSize) {
    const query = {
      orderBy: '-created',
      startAt,
      maxResults: pageSize,
      ...(expandsComments ? { expand: 'properties' } : {}),
    }
    const { json } = await client.sendToIssue(ticket, { below: '/comment', query, signal })
    const { comments, total } = parseAnswer(expandsComments ? ExpandedCommentPage : CommentPage, json, 'Jira: comments')
    const young = comments.filter(({ created }) => Date.parse(created) >= oldest)
    if (young.length > 0) yield young
    if (young.length < comments.length || comments.length === 0 || startAt + comments.length >= total) return
  }
}

async function withProperties(
  { send, edition }: JiraClient,
  comments: readonly MarkedComment[],
  { signal }: EffectCall,
): Promise<MarkedComment[]> {
  const { json } = await send({
    method: 'POST',
    path: `${edition.api}/comment/list`,
    query: { expand: 'properties' },
    body: { ids: comments.map(({ id }) => Number(id)) },
    signal,
  })
  return parseAnswer(CommentList, json, 'Jira: comments with properties').values
}

function isMarked(properties: MarkedComment['properties'], marker: string): boolean {
  return properties.some(({ key, value }) => key === effectProperty && hasId(value, marker))
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
        await sendToComment(client, {
          ticket,
          comment,
          method: 'PUT',
          body: { body: client.edition.richText(body) },
          signal,
        })
      })
    },

    async find({ ticket, comment, body }, { signal }) {
      const { json } = await sendToComment(client, { ticket, comment, signal })
      const present = parseAnswer(CommentBody, json, 'Jira: comment')
      const { richText, saysSame } = client.edition
      return saysSame(present.body, richText(body)) ? found(undefined) : notFound()
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
