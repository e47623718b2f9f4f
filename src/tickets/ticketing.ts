import type { Connector, ConnectorDefinition, Lookup } from '../connectors/connector.ts'
import type { Effect } from '../connectors/effect.ts'
import type { Document } from './document.ts'

/** A ticket, by the id that stays when it is moved or renamed. */
export interface TicketRef {
  id: string
  /** What people call it: `SEC-1`. */
  key: string
  /** Its page. */
  url: string
}

/** A ticket as the effect that opens one gives it. */
export interface MadeTicket extends TicketRef {
  /** Younger ones that were opened under the same marker: an attempt got no answer, and was not found in time. */
  others?: readonly TicketRef[]
}

export interface NewTicket {
  /** One line. Line breaks become spaces; what is over the system's limit is cut with an ellipsis. */
  summary: string
  description?: Document
  labels?: readonly string[]
  /** Further fields, by the system's own names. */
  fields?: Record<string, unknown>
}

export interface Ticket extends TicketRef {
  summary: string
  /** The description's text without markup; empty where there is none. */
  description: string
  labels: readonly string[]
  status: string
  /** Whether its work is done: it has a resolution, or a status that counts as done. */
  isClosed: boolean
  fields: Record<string, unknown>
}

export interface Comment {
  id: string
}

/** What the operations below need of the outside system: the port to whatever holds the tickets. */
export interface Ticketing
  extends Connector<
    {
      read: Lookup<TicketRef, Ticket>
      /** Whether Adder made this comment, by the marker that it holds. */
      isOwnComment: Lookup<{ ticket: TicketRef; commentId: string }, boolean>
      /** Whether the effect with this marker made this ticket: not so for a copy of it, although copies keep labels. */
      isMadeBy: Lookup<{ ticket: TicketRef; marker: string }, boolean>
      /** The account that Adder acts as; asked for once. */
      ownAccount: Lookup<void, { id: string; name?: string }>
    },
    {
      open: Effect<NewTicket, MadeTicket>
      comment: Effect<{ ticket: TicketRef; body: Document }, Comment>
      editComment: Effect<{ ticket: TicketRef; comment: Comment; body: Document }, void>
      setFields: Effect<{ ticket: TicketRef; fields: Record<string, unknown> }, void>
      /** Moves the ticket to a status by the status's name, whatever the workflow's transitions are called. */
      transition: Effect<{ ticket: TicketRef; to: string; fields?: Record<string, unknown> }, void>
      /** Adds a link to a web page. */
      link: Effect<{ ticket: TicketRef; url: string; title: string }, void>
    }
  > {
  /** Which system: its host name, part of the identity of everything that happens to its tickets. */
  site: string
  /** The project that new tickets go to, by its key: `SEC`. */
  project: string
  /** The type of new tickets, by name: `Incident`. */
  type: string
}

/** What `<integration>.ticketing(options)` returns. */
export type TicketingDefinition = ConnectorDefinition<Ticketing>
