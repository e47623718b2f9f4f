import {
  idPathsOfTicketEvents,
  type Person,
  type TicketClosed,
  type TicketCommented,
  type TicketCreated,
  type TicketFacts,
  type TicketUpdated,
  ticketEventKinds,
} from '../../automations/ticket-events.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { EventDraft, SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { contentText } from './content-text.ts'
import { readSite, ticketRef } from './rt-client.ts'
import { type RequestTrackerSweepOptions, requestTrackerSweep } from './rt-sweep.ts'
import { ScripDelivery, type ScripUser } from './schema.ts'

export interface RequestTrackerSourceOptions {
  /** The address of RT's start page, as the ticketing has it. */
  url: string
  /** What the scrip signs with; several while one replaces the other. */
  secret: Secrets
  /** Has Adder ask RT for the tickets whose creation no scrip told of. Default: it does not. */
  sweep?: RequestTrackerSweepOptions
}

const markerPattern = /^adder-[0-9a-f]{24}$/

/**
 * Request Tracker has no webhooks: a scrip, which docs/sources.md has ready to paste, sends each transaction on a ticket,
 * signed as Jira signs. A transaction is one change, comment or answer to the requestor; both of the latter are comments
 * here. RT does not send again what was not taken.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine).
 *
 * https://docs.bestpractical.com/rt/5.0.3/writing_scrips.html (read November 2026; there is no vendor's form of the body)
 */
export function source(options: RequestTrackerSourceOptions): SourceDefinition<ScripDelivery> {
  expectOptions('requestTracker.source', options, { url: 'string', secret: 'any', sweep: 'any?' })
  const { url, secret, sweep } = options
  const site = readSite(url)
  if (site === undefined)
    throw new ConfigError([
      { at: 'sources.request-tracker.url', problem: 'write the address of RT as https://rt.acme.example' },
    ])
  return {
    name: 'request-tracker',
    integration: 'request-tracker',
    docs: 'https://docs.bestpractical.com/rt/5.0.3/writing_scrips.html',
    maxBytes: 8 * 1024 * 1024,
    authentication: { kind: 'signature', header: 'x-adder-signature', prefix: 'sha256=', secrets: secret },
    schema: ScripDelivery,
    deliveryId: (_headers, { transaction }) => transaction.id,
    events: (payload) => eventsOf(payload, site),
    keeps: (path) => keptPaths.has(path.join('.')),
    ...(sweep === undefined ? {} : { sweep: requestTrackerSweep(sweep, site) }),
  }
}

const keptPaths = new Set(idPathsOfTicketEvents)

function eventsOf({ ticket, transaction }: ScripDelivery, site: URL): EventDraft[] {
  switch (transaction.type) {
    case 'Create':
      return [createdEvent(ticket, site)]
    case 'Comment':
    case 'Correspond':
      return [commentEvent({ ticket, transaction }, site)]
    default:
      return changeEvents({ ticket, transaction }, site)
  }
}

function createdEvent(ticket: ScripDelivery['ticket'], site: URL): EventDraft<TicketCreated> {
  return {
    kind: ticketEventKinds.created,
    identity: [site.host, ticket.id],
    at: new Date(ticket.created),
    data: ticketFacts(ticket, site),
  }
}

/** `ticket.updated`, and `ticket.closed` beside it where the change closed the ticket. */
function changeEvents({ ticket, transaction }: ScripDelivery, site: URL): EventDraft[] {
  const { id, field, old, new: now, closes, created, creator } = transaction
  if (!field) return []
  const about = { identity: [site.host, ticket.id, id], at: new Date(created) }
  const changes = [{ field, from: old || null, to: now || null }]
  const updated: TicketUpdated = { ...ticketFacts(ticket, site), changes, actor: person(creator) }
  const event: EventDraft<TicketUpdated> = { kind: ticketEventKinds.updated, ...about, data: updated }
  if (!closes) return [event]
  const closed: TicketClosed = { ...updated, resolution: ticket.status }
  return [event, { kind: ticketEventKinds.closed, ...about, data: closed }]
}

function commentEvent({ ticket, transaction }: ScripDelivery, site: URL): EventDraft<TicketCommented> {
  const { id, text, created, creator } = transaction
  return {
    kind: ticketEventKinds.commented,
    identity: [site.host, id],
    at: new Date(created),
    data: {
      ticket: ticketRef(site, ticket.id),
      summary: ticket.subject,
      project: ticket.queue,
      type: 'ticket',
      comment: { id, body: contentText(text?.content, text?.type) },
      actor: person(creator),
    },
  }
}

function ticketFacts(ticket: ScripDelivery['ticket'], site: URL): TicketFacts {
  const { id, subject, description, labels, queue, status, creator, effect } = ticket
  return {
    ticket: ticketRef(site, id),
    summary: subject,
    description: contentText(description?.content, description?.type),
    labels,
    project: queue,
    type: 'ticket',
    status,
    reporter: person(creator),
    ...(effect && markerPattern.test(effect) ? { marker: effect } : {}),
  }
}

function person({ name, realName, email }: ScripUser): Person {
  return { id: name, ...(realName ? { name: realName } : {}), ...(email ? { email } : {}) }
}
