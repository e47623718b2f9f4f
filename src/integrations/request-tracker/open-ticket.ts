import type { CallOptions, Effect } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import type { MadeTicket, NewTicket } from '../../tickets/ticketing.ts'
import { differing, fieldsBody, isOwnField, isSameName, readFields, subjectLine } from './fields.ts'
import { html } from './html.ts'
import type { OwnAccount } from './own-account.ts'
import { afterWrite, quote, type RtClient, ticketRef } from './rt-client.ts'
import { CreatedTicket, FoundTickets, Queue } from './schema.ts'

export interface QueueOptions {
  /** The queue's name. */
  queue: string
  /** The custom field for one text that holds the marker, by name. */
  effectField: string
  /** The custom field for several texts that holds the labels, by name. */
  labelsField: string
}

/**
 * Opens a ticket in the queue, with the marker in a custom field, which RT's search finds at once. RT opens a ticket
 * also where it took only some of the fields, and says so to nobody, so the ticket is looked at afterwards.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Creating-Tickets
 *
 * `make` throws `ConnectorRefused` where RT left out a field, with the number of the ticket, which is open all the same.
 */
export function openTicket(
  client: RtClient,
  { queue, effectField, labelsField, ownAccount }: QueueOptions & { ownAccount: OwnAccount },
): Effect<NewTicket, MadeTicket> {
  const names = customFieldNames(client, queue)

  return {
    once: 'by marker',
    finding: 'cheap',

    async make({ summary, description = [], labels = [], fields = {} }, { marker, signal }) {
      const marked = { ...fields, [effectField]: marker, ...(labels.length === 0 ? {} : { [labelsField]: labels }) }
      const read = readFields(marked, await names.with(Object.keys(marked), { signal }))
      const body = {
        ...fieldsBody(read),
        Queue: queue,
        Subject: checkSummary(summary),
        ...(description.length === 0 ? {} : { Content: html(description), ContentType: 'text/html' }),
      }
      const { json } = await client.send({ method: 'POST', path: '/ticket', body, signal })
      const ref = ticketRef(client.site, parseAnswer(CreatedTicket, json, 'Request Tracker: created ticket').id)
      const left = differing(await afterWrite(() => client.presentTicket(ref, { signal })), read)
      if (left.length === 0) return ref
      throw new ConnectorRefused(
        `Request Tracker: ticket ${ref.id} was opened, but not with ${left.join(', ')}: the field does not take the value, or Adder's account may not set it (see the rights in the integration's README)`,
        { status: 0 },
      )
    },

    async find(_, { marker, signal }) {
      // In any queue: the ticket may have been moved since. Only ours: RT's cloning copies custom fields.
      const query = {
        query: `'CF.{${effectField}}' = ${quote(marker)}`,
        fields: 'Creator',
        orderby: 'id',
        per_page: 50,
      }
      const { json } = await client.send({ path: '/tickets', query, signal })
      const { items } = parseAnswer(FoundTickets, json, 'Request Tracker: tickets')
      if (items.length === 0) return notFound()
      const { id: account } = await ownAccount(signal)
      const made = items.filter(({ Creator }) => Creator.id === account).map(({ id }) => ticketRef(client.site, id))
      const [oldest, ...others] = made
      if (oldest === undefined) return notFound()
      return found(others.length === 0 ? oldest : { ...oldest, others })
    },
  }
}

function checkSummary(summary: string): string {
  const line = subjectLine(summary)
  if (line === '') throw new ConnectorInputInvalid('Request Tracker: a ticket needs a summary, and this one is empty')
  return line
}

/** The custom fields of a queue, asked for once, and again where one of the fields is not among them. */
function customFieldNames(client: RtClient, queue: string) {
  let known: readonly string[] = []
  return {
    async with(fields: readonly string[], call: CallOptions): Promise<readonly string[]> {
      const areKnown = fields.every((name) => isOwnField(name) || known.some((each) => isSameName(each, name)))
      if (!areKnown) known = await askQueue(client, queue, call)
      return known
    },
  }
}

/**
 * The names of the custom fields that the queue's tickets have, as far as Adder's account may see them. Throws
 * `ConnectorRefused` where it may not see the queue.
 */
export async function askQueue(client: RtClient, queue: string, { signal }: CallOptions): Promise<readonly string[]> {
  const { json, status } = await client.send({ path: path`/queue/${queue}`, accept: [403, 404], signal })
  if (status === 403 || status === 404)
    throw new ConnectorRefused(
      `Request Tracker: there is no queue ${JSON.stringify(queue)}, or Adder's account may not see it`,
      { status },
    )
  return parseAnswer(Queue, json, 'Request Tracker: queue').TicketCustomFields.map(({ name }) => name)
}
