import { type Observable, observablesOf, usersIn } from '../observables/observables.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import type { Automation } from './automation.ts'
import { type TicketDoubled, ticketDoubled } from './doubled-tickets.ts'
import type { AdderEvent } from './event.ts'
import { eventKind } from './event-kind.ts'
import { type TicketCommented, type TicketFacts, ticketEventKinds } from './ticket-events.ts'
import { decide } from './trigger.ts'

/** Whether an automation that listens to the event's kind started on it. */
export interface Verdict {
  automation: string
  /** The words of the conditions that did not hold; empty where it matched. One that throws is taken to hold. */
  unmet: readonly string[]
}

/** What is worth recording of an event, without its data. */
export interface EventFacts extends Omit<AdderEvent, 'data'> {
  /** The ticket that it is about. */
  ticket?: TicketRef
  /** The marker of the effect that opened the ticket. */
  openedBy?: string
  observables: readonly Observable[]
  /** Of the automations that listen to its kind. */
  verdicts: readonly Verdict[]
}

/** What is worth recording of an event: what it is about, and which automations it starts, or why not. */
export function eventFacts(event: AdderEvent, automations: readonly Automation[]): EventFacts {
  const { data, ...about } = event
  return { ...about, ...ticketOf(event), observables: observables(event), verdicts: verdicts(event, automations) }
}

function verdicts(event: AdderEvent, automations: readonly Automation[]): Verdict[] {
  return automations
    .filter((automation) => eventKind(automation) === event.kind)
    .map(({ name, on }) => ({
      automation: name,
      unmet: on.conditions.filter((condition) => decide(condition, event.data) === false).map(({ says }) => says),
    }))
}

function ticketOf(event: AdderEvent): Pick<EventFacts, 'ticket' | 'openedBy'> {
  if (!isTicketEvent(event)) return {}
  const { ticket } = event.data
  const marker = event.kind === ticketEventKinds.created && 'marker' in event.data ? event.data.marker : undefined
  return { ticket, ...(marker === undefined ? {} : { openedBy: marker }) }
}

/** All that stand in it, also in text that a person or Adder wrote, each once. The ticket's own page is none. */
function observables(event: AdderEvent): Observable[] {
  if (!isTicketEvent(event)) return observablesOf(event.data)
  // All but users are found in a text as in any other field, so that one look at the data finds them.
  const found = [...observablesOf({ ...event.data, ticket: undefined }), ...usersIn(textOf(event.data))]
  return [...new Map(found.map((each) => [`${each.kind} ${each.value}`, each])).values()]
}

function textOf(data: TicketFacts | TicketCommented | TicketDoubled): string {
  if ('comment' in data) return data.comment.body
  return 'summary' in data ? `${data.summary}\n${data.description}` : ''
}

const ticketKinds: ReadonlySet<string> = new Set([...Object.values(ticketEventKinds), ticketDoubled])

function isTicketEvent(event: AdderEvent): event is AdderEvent<string, TicketFacts | TicketCommented | TicketDoubled> {
  return ticketKinds.has(event.kind) // the data of these kinds
}
