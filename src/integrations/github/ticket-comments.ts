import type { Effect } from '../../connectors/effect.ts'
import { type HttpAnswer, type HttpRequest, parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { type Document, link, paragraph } from '../../tickets/document.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { Comment, TicketRef } from '../../tickets/ticketing.ts'
import { createComment, findComment, type SendToComments } from './comments.ts'
import { repositoryPath, writeTimeoutMs } from './github-client.ts'
import { markdown } from './markdown.ts'
import { markerOf, withMarker, withoutMarker } from './marker.ts'
import { CommentObject } from './schema.ts'
import type { TicketClient } from './ticket-client.ts'

/** Adds a comment with its marker; found again by that among the comments since it was intended. */
export function addComment(client: TicketClient): Effect<{ ticket: TicketRef; body: Document }, Comment> {
  return {
    once: 'by marker',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,
    make: ({ ticket, body }, call) => createComment(commentsOf(client, ticket), body, call),
    find: ({ ticket }, call) => findComment(commentsOf(client, ticket), call),
  }
}

/**
 * Adds a link to a web page, as a comment. Issues have no place for links; a line in the body would be written over what
 * somebody writes there at the same moment, and a comment writes over nothing.
 */
export function addLink(client: TicketClient): Effect<{ ticket: TicketRef; url: string; title: string }, void> {
  return {
    once: 'by marker',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, url, title }, call) {
      const shown = link(url, title.trim() || url)
      if (typeof shown === 'string') throw new ConnectorInputInvalid('GitHub: a link needs an http or https address')
      const comments = commentsOf(client, ticket)
      const present = await findComment(comments, call)
      if (present.kind === 'not_found') await createComment(comments, [paragraph(shown)], call)
    },

    async find({ ticket }, call) {
      const present = await findComment(commentsOf(client, ticket), call)
      return present.kind === 'found' ? found(undefined) : notFound()
    },
  }
}

/**
 * Replaces a comment's text; a text that already says so is left alone. Keeps the comment's marker. Throws `TicketGone`
 * where somebody has deleted the comment: what a person took away is not made again.
 *
 * https://docs.github.com/en/rest/issues/comments#update-an-issue-comment
 */
export function editComment(
  client: TicketClient,
): Effect<{ ticket: TicketRef; comment: Comment; body: Document }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    timeoutMs: writeTimeoutMs,
    about: ({ ticket }) => ticket,

    async make({ ticket, comment, body }, { signal }) {
      const marker = markerOf(await readText(client, { ticket, comment, signal }))
      const text = markdown(body)
      const written = marker === undefined ? text : withMarker(text, marker)
      await sendToComment(client, { ticket, comment, method: 'PATCH', body: { body: written }, signal })
    },

    async find({ ticket, comment, body }, { signal }) {
      const present = withoutMarker(await readText(client, { ticket, comment, signal }))
      return present === markdown(body).trimEnd() ? found(undefined) : notFound()
    },
  }
}

function commentsOf(client: TicketClient, ticket: TicketRef): SendToComments {
  return (request) => client.sendToIssue(ticket, { ...request, below: '/comments' })
}

interface CommentRequest extends Omit<HttpRequest, 'path'> {
  ticket: TicketRef
  comment: Comment
}

async function readText(client: TicketClient, asked: CommentRequest): Promise<string> {
  const { json } = await sendToComment(client, asked)
  const { body, issue_url } = parseAnswer(CommentObject, json, 'GitHub: comment')
  if (!issue_url?.endsWith(`/issues/${asked.ticket.id}`)) throw await commentIsGone(client, asked)
  return (body ?? '').replaceAll('\r\n', '\n')
}

async function sendToComment(client: TicketClient, asked: CommentRequest): Promise<HttpAnswer> {
  const { ticket: _ticket, comment, ...request } = asked
  try {
    return await client.send({ ...request, path: commentPath(client, comment.id) })
  } catch (error) {
    if (!(error instanceof ConnectorRefused && error.status === 404)) throw error
    throw await commentIsGone(client, asked, error)
  }
}

/** Comments are not below their issue, so the issue itself is asked for: where that is gone, it is what is told. */
async function commentIsGone(
  client: TicketClient,
  { ticket, comment, signal }: CommentRequest,
  cause?: unknown,
): Promise<TicketGone> {
  await client.sendToIssue(ticket, { signal })
  return new TicketGone(
    `GitHub: comment ${comment.id} on ${client.repository}#${ticket.id} is gone: somebody has deleted it`,
    { cause },
  )
}

/** The comment's path. The id may come from outside. */
export function commentPath({ repository }: Pick<TicketClient, 'repository'>, id: string): string {
  if (!/^\d{1,19}$/.test(id))
    throw new ConnectorInputInvalid(`GitHub: ${JSON.stringify(id)} is not a comment id (digits)`)
  return repositoryPath(repository) + path`/issues/comments/${id}`
}
