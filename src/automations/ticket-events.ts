import type { TicketRef } from '../tickets/ticketing.ts'
import type { AdderEvent } from './event.ts'

/** The kinds of events about tickets, whatever system holds them. */
export const ticketEventKinds = {
  created: 'ticket.created',
  updated: 'ticket.updated',
  closed: 'ticket.closed',
  commented: 'ticket.commented',
} as const

/** Where events about tickets hold ids and addresses, which redaction leaves alone: by their paths, joined by dots. */
export const idPathsOfTicketEvents: readonly string[] = [
  'ticket.id',
  'ticket.key',
  'ticket.url',
  'marker',
  'project',
  'reporter.id',
  'actor.id',
  'comment.id',
]

/** Someone with an account in the ticketing system, which may keep the name and the address to itself. */
export interface Person {
  /** The account's id there. */
  id: string
  name?: string
  email?: string
}

/** What every event about a ticket says of it. */
export interface TicketFacts {
  ticket: TicketRef
  summary: string
  /** The description's text; empty where there is none. */
  description: string
  labels: readonly string[]
  /** The project's key: `SEC`. */
  project: string
  /** The ticket's type by name: `Incident`. */
  type: string
  /** The status by name: `To Do`; missing on a ticket that Adder has just opened. */
  status?: string
  reporter?: Person
  /** The marker of the effect that opened the ticket; missing where a person did. */
  marker?: string
}

/** The data of `ticket.created`. Identity: the site and the ticket's id. */
export interface TicketCreated extends TicketFacts {
  /** The alert that the ticket was opened for, where Adder opened it. */
  alert?: unknown
}

/** One field that changed. Values are as the ticketing system shows them; null where the field is empty. */
export interface FieldChange {
  /** The field by name: `status`, `Alert type`. */
  field: string
  /** The field by id, where it differs in spelling: `customfield_10010`. */
  fieldId?: string
  from: string | null
  to: string | null
}

/** The data of `ticket.updated`. Identity: the site, the ticket's id and the change's id. */
export interface TicketUpdated extends TicketFacts {
  changes: readonly FieldChange[]
  /** Who changed it. */
  actor?: Person
}

/**
 * The data of `ticket.closed`: the change that got the ticket a resolution or a status that counts as done.
 * Identity: the site, the ticket's id and the change's id.
 */
export interface TicketClosed extends TicketUpdated {
  /** How it was resolved, by name. */
  resolution?: string
}

/** The data of `ticket.commented`. Identity: the site and the comment's id. */
export interface TicketCommented {
  ticket: TicketRef
  /** Missing where the sender leaves it out. */
  summary?: string
  /** The project's key: `SEC`. */
  project: string
  /** The ticket's type by name; missing where the sender leaves it out. */
  type?: string
  comment: {
    id: string
    /** The text without markup. */
    body: string
  }
  /** Who wrote it. */
  actor?: Person
}

export type TicketCreatedEvent = AdderEvent<'ticket.created', TicketCreated>
export type TicketUpdatedEvent = AdderEvent<'ticket.updated', TicketUpdated>
export type TicketClosedEvent = AdderEvent<'ticket.closed', TicketClosed>
export type TicketCommentedEvent = AdderEvent<'ticket.commented', TicketCommented>
