import type { CallOptions, Effect, EffectCall } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorAnswerInvalid } from '../../errors/connector-errors.ts'
import { type Document, link, paragraph } from '../../tickets/document.ts'
import type { Comment, TicketRef } from '../../tickets/ticketing.ts'
import { html } from './html.ts'
import { commentId, type RtClient, ticketId } from './rt-client.ts'
import { type Attachment, Attachments } from './schema.ts'

/** How far RT's clock may be behind ours. */
const clockMarginMs = 5 * 60_000

const pageSize = 100

/**
 * Adds a comment, which requestors are not told of. Its marker is an HTML comment at the very beginning of the text: it
 * is there in the same moment as the text, needs nothing to be set up, and RT shows it to nobody. A custom field of the
 * transaction would be set after the comment was made, so that a crash between the two would leave a comment that
 * nobody knows as ours. Somebody's answer that quotes the text is told apart by who wrote it.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Replying-Commenting-Tickets
 */
export function addComment(client: RtClient): Effect<{ ticket: TicketRef; body: Document }, Comment> {
  return {
    once: 'by marker',
    finding: 'cheap',
    about: ({ ticket }) => ticket,
    make: ({ ticket, body }, call) => comment(client, { ticket, body }, call),
    find: ({ ticket }, call) => findComment(client, ticket, call),
  }
}

/**
 * RT has no way to change a comment, so what is to be said instead is said in another one, below a link to the first.
 */
export function editComment(client: RtClient): Effect<{ ticket: TicketRef; comment: Comment; body: Document }, void> {
  return {
    once: 'by marker',
    finding: 'cheap',
    about: ({ ticket }) => ticket,

    async make({ ticket, comment: { id }, body }, call) {
      const earlier = link(`${ticket.url}#txn-${commentId(id)}`, 'an earlier comment')
      await comment(client, { ticket, body: [paragraph('In place of ', earlier, ':'), ...body] }, call)
    },

    async find({ ticket }, call) {
      const { kind } = await findComment(client, ticket, call)
      return kind === 'found' ? found(undefined) : notFound()
    },
  }
}

async function comment(
  client: RtClient,
  { ticket, body }: { ticket: TicketRef; body: Document },
  { marker, signal }: EffectCall,
): Promise<Comment> {
  await client.presentTicket(ticket, { signal })
  const { headers } = await client.send({
    method: 'POST',
    path: path`/ticket/${ticketId(ticket)}/comment`,
    body: { Content: `<!-- ${marker} -->${html(body)}`, ContentType: 'text/html' },
    signal,
  })
  // The body of the answer is a sentence; the comment's own address is the only place that names it.
  const id = /\/transaction\/(\d+)$/.exec(headers.get('location') ?? '')?.[1]
  if (id === undefined) throw new ConnectorAnswerInvalid('Request Tracker: the answer to a comment does not say its id')
  return { id }
}

async function findComment(client: RtClient, ticket: TicketRef, { marker, intendedAt, signal }: EffectCall) {
  await client.presentTicket(ticket, { signal })
  const oldest = Date.parse(intendedAt) - clockMarginMs
  for (let page = 1; ; page += 1) {
    const texts = await ownTexts(client, ticket, { page, signal })
    const made = texts.find((text) => markerOf(text) === marker)
    if (made !== undefined) return found({ id: made.TransactionId })
    // Not where a page is short: RT leaves out what an account may not see.
    if (texts.length === 0 || texts.some(({ Created }) => Date.parse(Created) < oldest)) return notFound()
  }
}

/** Whether Adder made this comment on this ticket; not so for one that there is none of. */
export async function isOwnComment(
  client: RtClient,
  { ticket, commentId: id }: { ticket: TicketRef; commentId: string },
  { signal }: CallOptions,
): Promise<boolean> {
  const texts = await ownTexts(client, ticket, { transaction: commentId(id), page: 1, signal })
  return texts.some((text) => markerOf(text) !== undefined)
}

function markerOf({ Content }: Attachment): string | undefined {
  return /^<!-- (adder-[0-9a-f]{24}) -->/.exec(Content ?? '')?.[1]
}

/**
 * A page of the HTML texts on a ticket that Adder's account wrote, newest first. RT answers 500 about a transaction that
 * there is none of, and an empty list for this.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#JSON-searches
 */
async function ownTexts(
  client: RtClient,
  ticket: TicketRef,
  { transaction, page, signal }: { transaction?: string; page: number } & CallOptions,
): Promise<Attachment[]> {
  const conditions = [
    { field: 'Creator', value: client.userId() },
    { field: 'ContentType', value: 'text/html' },
    ...(transaction === undefined ? [] : [{ field: 'TransactionId', value: transaction }]),
  ]
  const query = {
    query: JSON.stringify(conditions),
    fields: 'Content,ContentType,TransactionId,Created',
    orderby: 'id',
    order: 'DESC',
    per_page: pageSize,
    page,
  }
  const { json } = await client.send({ path: path`/ticket/${ticketId(ticket)}/attachments`, query, signal })
  return parseAnswer(Attachments, json, 'Request Tracker: attachments').items
}
