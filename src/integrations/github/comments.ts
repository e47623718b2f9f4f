import type { EffectCall } from '../../connectors/effect.ts'
import { type HttpAnswer, type HttpRequest, parseAnswer } from '../../connectors/http-client.ts'
import { type Answer, found, notFound } from '../../connectors/outcome.ts'
import type { Document } from '../../tickets/document.ts'
import { pageSize } from './github-client.ts'
import { markdown } from './markdown.ts'
import { markerOf, withMarker } from './marker.ts'
import { CommentObject, CommentsPage } from './schema.ts'

/** How far GitHub's clock may be behind ours. */
export const clockMarginMs = 5 * 60_000

/** Sends to the comments of one issue or pull request. */
export type SendToComments = (request: Omit<HttpRequest, 'path'>) => Promise<HttpAnswer>

/** Comments on an issue or a pull request, with the marker at the end of the text. */
export async function createComment(
  send: SendToComments,
  body: Document,
  { marker, signal }: EffectCall,
): Promise<{ id: string }> {
  const text = withMarker(markdown(body), marker)
  const { json } = await send({ method: 'POST', body: { body: text }, signal })
  return { id: String(parseAnswer(CommentObject, json, 'GitHub: comment').id) }
}

/**
 * The comment that holds the marker, among those that were written or edited since it was intended.
 *
 * https://docs.github.com/en/rest/issues/comments#list-issue-comments
 */
export async function findComment(
  send: SendToComments,
  { marker, intendedAt, signal }: EffectCall,
): Promise<Answer<{ id: string }>> {
  const since = new Date(Date.parse(intendedAt) - clockMarginMs).toISOString()
  for (let page = 1; ; page += 1) {
    const { json } = await send({ query: { since, per_page: pageSize, page }, signal })
    const comments = parseAnswer(CommentsPage, json, 'GitHub: comments')
    const own = comments.find(({ body }) => markerOf(body) === marker)
    if (own !== undefined) return found({ id: String(own.id) })
    if (comments.length < pageSize) return notFound()
  }
}
