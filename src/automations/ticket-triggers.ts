import {
  type FieldChange,
  type TicketClosed,
  type TicketCommented,
  type TicketCreated,
  type TicketFacts,
  type TicketUpdated,
  ticketEventKinds,
} from './ticket-events.ts'
import type { Condition, Trigger } from './trigger.ts'

/** Which tickets; what is left out matches every ticket. */
export interface TicketFilter {
  /** A label that the ticket has. */
  label?: string
  /** The project's key: `SEC`. */
  project?: string
  /** The ticket's type by name, in any case: `Incident`. */
  type?: string
}

export interface CreatedTicketFilter extends TicketFilter {
  /** Whether Adder opened it, for an alert, or a person wrote it. */
  writtenBy?: 'Adder' | 'a person'
}

export interface TicketChangeFilter extends TicketFilter {
  /** A field among those that changed, by name (in any case) or id. */
  field?: string
}

/** Starts when a ticket is created, by Adder or by a person. Once for each ticket. */
export function ticketCreated({ writtenBy, ...filter }: CreatedTicketFilter = {}): Trigger<TicketCreated> {
  const conditions: Condition<TicketCreated>[] = ticketConditions(filter)
  if (writtenBy !== undefined) {
    conditions.push({
      says: `it was written by ${writtenBy}`,
      holds: ({ marker }) => (marker !== undefined) === (writtenBy === 'Adder'),
    })
  }
  return { kind: ticketEventKinds.created, conditions }
}

/** Starts when fields of a ticket change, its status included. Once for each change. */
export function ticketUpdated({ field, ...filter }: TicketChangeFilter = {}): Trigger<TicketUpdated> {
  const conditions: Condition<TicketUpdated>[] = ticketConditions(filter)
  if (field === undefined) return { kind: ticketEventKinds.updated, conditions }
  const changed: Condition<TicketUpdated> = {
    says: `"${field}" changed`,
    holds: ({ changes }) => changes.some((change) => isField(change, field)),
  }
  return { kind: ticketEventKinds.updated, conditions: [...conditions, changed] }
}

/** Starts when a ticket gets a resolution or a status that counts as done. */
export function ticketClosed(filter: TicketFilter = {}): Trigger<TicketClosed> {
  return { kind: ticketEventKinds.closed, conditions: ticketConditions(filter) }
}

/** Starts when somebody comments on a ticket. There is no `label`: the senders leave the ticket's labels out. */
export function ticketCommented({ project, type }: Omit<TicketFilter, 'label'> = {}): Trigger<TicketCommented> {
  const conditions: Condition<TicketCommented>[] = []
  if (project !== undefined) conditions.push(inProject(project))
  if (type !== undefined) conditions.push(ofType(type))
  return { kind: ticketEventKinds.commented, conditions }
}

function ticketConditions({ label, project, type }: TicketFilter): Condition<TicketFacts>[] {
  const conditions: Condition<TicketFacts>[] = []
  if (label !== undefined)
    conditions.push({ says: `labels include "${label}"`, holds: ({ labels }) => labels.includes(label) })
  if (project !== undefined) conditions.push(inProject(project))
  if (type !== undefined) conditions.push(ofType(type))
  return conditions
}

function inProject(key: string): Condition<{ project: string }> {
  return { says: `project is "${key}"`, holds: ({ project }) => project === key }
}

function ofType(name: string): Condition<{ type?: string }> {
  return { says: `type is "${name}"`, holds: ({ type }) => type?.toLowerCase() === name.toLowerCase() }
}

function isField({ field, fieldId }: FieldChange, wanted: string): boolean {
  return fieldId === wanted || field.toLowerCase() === wanted.toLowerCase()
}
