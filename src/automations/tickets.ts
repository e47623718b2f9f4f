import type { EffectOptions } from '../connectors/connector.ts'
import type { Effect } from '../connectors/effect.ts'
import type { Outcome } from '../connectors/outcome.ts'
import { effectMarker } from '../engine/effect-identity.ts'
import type { RunInput } from '../engine/services.ts'
import type { Starting } from '../engine/starting.ts'
import { type Block, type Document, paragraph, plainText } from '../tickets/document.ts'
import type { Comment, MadeTicket, NewTicket, Ticket, Ticketing, TicketRef } from '../tickets/ticketing.ts'
import { doubledEvent } from './doubled-tickets.ts'
import type { AdderEvent } from './event.ts'
import { eventIdentity } from './event-identity.ts'
import { groupKey, openInGroup } from './open-in-group.ts'
import { type TicketCreated, ticketEventKinds } from './ticket-events.ts'

/** Rich text, or plain text that becomes a paragraph. */
export type Text = Document | Block | string

export interface OpenTicket extends Omit<NewTicket, 'description'> {
  description?: Text
  /** The alert that the ticket is for. Its enrichments read their observables from it. */
  alert?: unknown
  /**
   * What alerts have in common that go on one ticket, such as the user that they are about. While the ticket of the
   * first is open, the later ones of this automation with the same text are added to it as numbered comments. Several
   * texts are one group together; an empty text, and none, is no group.
   */
  group?: string | readonly string[] | undefined
}

export interface OpenedTicket extends TicketRef {
  /** Which of the ticket's alerts this is: 1 where the ticket was opened for it, more where it was added to the ticket. */
  alertNumber: number
}

/**
 * The tickets, as a run sees them. Every call is made once: a run that is interrupted finds again what it had made.
 * Each throws `StepRefused` where the ticketing system says no; its `reasonCode` is `ticket.gone` where the ticket was
 * deleted. A ticket that was moved, and has another key now, is the same ticket.
 */
export interface Tickets {
  /**
   * Opens a ticket, and starts what `ticketCreated` starts without waiting for the system's own webhook; or adds the
   * alert to the open ticket of its `group`.
   */
  open(ticket: OpenTicket, options?: EffectOptions): Promise<OpenedTicket>
  /**
   * The open ticket of a group of this automation, which an earlier run has opened; undefined where there is none. It
   * waits for the runs of the group that came before. A re-run gets the same answer.
   */
  find(ticket: Required<Pick<OpenTicket, 'group'>>): Promise<TicketRef | undefined>
  comment(ticket: TicketRef, body: Text, options?: EffectOptions): Promise<Comment>
  editComment(ticket: TicketRef, comment: Comment, body: Text, options?: EffectOptions): Promise<void>
  /** Sets fields, by the system's own names. */
  setFields(ticket: TicketRef, fields: Record<string, unknown>, options?: EffectOptions): Promise<void>
  /**
   * Moves the ticket to a status, by the status's name. `fields` are set along with it, by the system's own names: the
   * place for what a system takes only on the screen of a transition, such as Jira's resolution.
   */
  transition(ticket: TicketRef, to: string, options?: TransitionOptions): Promise<void>
  link(ticket: TicketRef, link: { url: string; title: string }, options?: EffectOptions): Promise<void>
  read(ticket: TicketRef): Promise<Outcome<Ticket>>
}

export interface TransitionOptions extends EffectOptions {
  fields?: Record<string, unknown>
}

export interface NamedTicketing {
  /** The name that its steps are recorded under: `jira`. */
  name: string
  port: Ticketing
}

export interface TicketsOptions extends Pick<RunInput<AdderEvent>, 'event' | 'steps' | 'starting' | 'commit'> {
  ticketing: NamedTicketing
  automation: string
}

/** The tickets for one run: it counts the tickets that the run opens, to tell them apart. */
export function ticketsInRun({ ticketing, steps, automation, event, starting, commit }: TicketsOptions): Tickets {
  const { name, port } = ticketing
  const { effects, lookups } = port
  let opened = 0
  return {
    async open({ alert, description, group, ...fields }, options) {
      opened += 1
      const discriminator = options?.name ?? String(opened)
      const effect = `${name}.open`
      const input = { ...fields, ...(description === undefined ? {} : { description: toDocument(description) }) }
      const key = groupKey(group)
      const marker = effectMarker({ automation, event: event.id, effect, discriminator })
      const created = (ticket: TicketRef) => createdEvent({ ticket, input, marker, alert, ticketing, at: event.at })
      const startsOf = (ticket: TicketRef) => starting(created(ticket))
      const {
        alertNumber,
        others = [],
        starts,
        ...ticket
      }: StartingTicket & OpenedTicket = key === undefined
        ? {
            ...(await steps.effect(effect, decidingStarts(effects.open, startsOf), input, discriminator)),
            alertNumber: 1,
          }
        : await openInGroup({ key, discriminator, input, alert }, { ticketing, steps })
      if (alertNumber > 1) return { ...ticket, alertNumber }
      commit(created(ticket), starts)
      for (const other of others)
        commit(doubledEvent({ ticket, other, marker, site: port.site, source: name, at: event.at }))
      return { ...ticket, alertNumber }
    },
    async find({ group }) {
      const key = groupKey(group)
      return key === undefined ? undefined : steps.findInGroup<TicketRef>(`${name}.find`, key)
    },
    comment: (ticket, body, options) =>
      steps.effect(`${name}.comment`, effects.comment, { ticket, body: toDocument(body) }, options?.name),
    editComment: (ticket, comment, body, options) =>
      steps.effect(
        `${name}.editComment`,
        effects.editComment,
        { ticket, comment, body: toDocument(body) },
        options?.name,
      ),
    setFields: (ticket, fields, options) =>
      steps.effect(`${name}.setFields`, effects.setFields, { ticket, fields }, options?.name),
    transition: (ticket, to, { name: called, ...fields } = {}) =>
      steps.effect(`${name}.transition`, effects.transition, { ticket, to, ...fields }, called),
    link: (ticket, link, options) => steps.effect(`${name}.link`, effects.link, { ticket, ...link }, options?.name),
    read: (ticket) => steps.lookup(`${name}.read`, lookups.read, ticket),
  }
}

interface StartingTicket extends MadeTicket {
  /** What its event starts. Missing where the ticket was found again, or is a group's: the event's own run decides then. */
  starts?: Starting
}

/** The effect, whose record says too what the ticket starts: a record of its own would cost the ticket's run a step. */
function decidingStarts(
  open: Effect<NewTicket, MadeTicket>,
  startsOf: (ticket: TicketRef) => Starting,
): Effect<NewTicket, StartingTicket> {
  return {
    ...open,
    async make(input, call) {
      const ticket = await open.make(input, call)
      try {
        return { ...ticket, starts: startsOf(ticket) }
      } catch {
        return ticket // whatever fails in deciding, the ticket is open
      }
    },
  }
}

/** Text as a document. */
export function toDocument(text: Text): Document {
  if (typeof text === 'string') return [paragraph(text)]
  return 'kind' in text ? [text] : text
}

interface Opened {
  ticket: TicketRef
  input: NewTicket
  marker: string
  alert: unknown
  ticketing: NamedTicketing
  at: string
}

/** The same event that the system's own webhook tells, and the alert with it: whichever comes first wins. */
function createdEvent({ ticket, input, marker, alert, ticketing, at }: Opened): AdderEvent<string, TicketCreated> {
  const { site, project, type } = ticketing.port
  return {
    kind: ticketEventKinds.created,
    id: eventIdentity(ticketEventKinds.created, [site, ticket.id]),
    at,
    source: ticketing.name,
    data: {
      ticket,
      summary: input.summary,
      description: plainText(input.description ?? []),
      labels: input.labels ?? [],
      project,
      type,
      marker,
      ...(alert === undefined ? {} : { alert }),
    },
  }
}
