import { type Document, link, paragraph } from '../tickets/document.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import { type Automation, automation } from './automation.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { isTicketGone } from './is-ticket-gone.ts'

/** The kind of the event that two tickets were opened under one marker. */
export const ticketDoubled = 'ticket.doubled'

/** The data of `ticket.doubled`. Identity: the site, the marker and the ids of the two, whichever was found first. */
export interface TicketDoubled {
  /** The one that the run which opened it goes on with. */
  ticket: TicketRef
  other: TicketRef
  marker: string
}

export interface Doubled extends TicketDoubled {
  /** The ticketing's host name. */
  site: string
  source: string
  /** When it was found out, or its run's event happened, ISO 8601. */
  at: string
}

/** The event that tells of two tickets with one marker: the same one, whoever finds out. */
export function doubledEvent({ site, source, at, ...data }: Doubled): AdderEvent<string, TicketDoubled> {
  const ids = [data.ticket.id, data.other.id].toSorted()
  return { kind: ticketDoubled, id: eventIdentity(ticketDoubled, [site, data.marker, ...ids]), at, source, data }
}

/**
 * Adder's own automation that reports two tickets with one marker: in the log and on both. Its name has a dot, which
 * no other automation's has.
 *
 * @param warn writes to the log.
 */
export function reportDoubledTickets(warn: (fields: Record<string, unknown>, message: string) => void): Automation {
  return automation<TicketDoubled>({
    name: 'adder.doubled-tickets',
    on: { kind: ticketDoubled, conditions: [] },
    run: async ({ event: { ticket, other, marker }, tickets, step }) => {
      await step('tell the log', () => {
        warn({ marker, ticket: ticket.key, other: other.key }, 'two tickets were opened where there should be one')
        return true
      })
      const told = await Promise.allSettled([
        tickets.comment(ticket, onTaken(other), { name: 'taken' }),
        tickets.comment(other, onOther(ticket), { name: 'other' }),
      ])
      // Deleting one of the two is one way to put it right.
      for (const each of told) if (each.status === 'rejected' && !isTicketGone(each.reason)) throw each.reason
    },
  })
}

const why = 'The answer to the first attempt got lost, and its ticket was not found in time.'

function onTaken(other: TicketRef): Document {
  return [
    paragraph(
      'Adder opened two tickets where there should be one: this and ',
      link(other.url, other.key),
      `. ${why} It goes on in this one.`,
    ),
  ]
}

function onOther(ticket: TicketRef): Document {
  return [
    paragraph(
      'Adder opened two tickets where there should be one: this and ',
      link(ticket.url, ticket.key),
      `. ${why} It goes on in `,
      link(ticket.url, ticket.key),
      '; this one can be closed.',
    ),
  ]
}
