import type { IncomingHttpHeaders } from 'node:http'
import {
  type FieldChange,
  type Person,
  type TicketClosed,
  type TicketCommented,
  type TicketCreated,
  type TicketFacts,
  type TicketUpdated,
  ticketEventKinds,
} from '../../automations/ticket-events.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { EventDraft, SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { ticketRef } from './jira-client.ts'
import { type JiraSweepOptions, jiraSweep } from './jira-sweep.ts'
import {
  type ChangeItem,
  type CommentCreated,
  type IssueUpdated,
  shownValue,
  type User,
  Webhook,
  type WebhookIssue,
} from './schema.ts'
import { wikiText } from './wiki-text.ts'

export interface JiraSourceOptions {
  /** The webhook's secret; several while one replaces the other. */
  secret: Secrets
  /**
   * The site, where the webhooks don't carry its address (those of OAuth apps name api.atlassian.com). Default: the
   * host that the issue's own address names. It must be the site of the ticketing, or one ticket would be two.
   */
  url?: string
  /** Has Adder ask Jira for the tickets whose creation no webhook told of. Default: it does not. */
  sweep?: JiraSweepOptions
}

const markerPattern = /^adder-[0-9a-f]{24}$/

/**
 * Jira Cloud's admin webhooks, signed with their secret: issues created and updated, and comments created. Everything
 * else that Jira sends is accepted and starts nothing.
 *
 * Two overlapping webhooks and Jira's repeats (which carry one `x-atlassian-webhook-identifier`) mean one event.
 *
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export function source({ secret, url, sweep }: JiraSourceOptions): SourceDefinition<Webhook> {
  if (url !== undefined && !URL.canParse(url))
    throw new ConfigError([{ at: 'sources.jira.url', problem: 'write the site as https://<name>.atlassian.net' }])
  const site = (issue: { self: string }) => new URL('/', url ?? issue.self)

  return {
    name: 'jira',
    integration: 'jira',
    docs: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
    maxBytes: 8 * 1024 * 1024,
    authentication: { kind: 'signature', header: 'x-hub-signature', prefix: 'sha256=', secrets: secret },
    schema: Webhook,
    deliveryId: (headers) => singleHeader(headers, 'x-atlassian-webhook-identifier'),
    events: (payload) => eventsOf(payload, site),
    keeps: (path) => keptPaths.has(path.join('.')),
    ...(sweep === undefined ? {} : { sweep: jiraSweep(sweep) }),
  }
}

const keptPaths = new Set([
  'ticket.id',
  'ticket.key',
  'ticket.url',
  'marker',
  'project',
  'reporter.id',
  'actor.id',
  'comment.id',
])

function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function eventsOf(payload: Webhook, siteOf: (issue: { self: string }) => URL): EventDraft[] {
  switch (payload.webhookEvent) {
    case 'jira:issue_created':
      return [createdEvent(payload.issue, payload.timestamp, siteOf(payload.issue))]
    case 'jira:issue_updated':
      return changeEvents(payload, siteOf(payload.issue))
    case 'comment_created':
      return [commentEvent(payload, siteOf(payload.issue))]
    case 'other':
      return []
  }
}

function createdEvent(issue: WebhookIssue, timestamp: number, site: URL): EventDraft<TicketCreated> {
  return {
    kind: ticketEventKinds.created,
    identity: [site.host, issue.id],
    at: dateOr(issue.fields.created, timestamp),
    data: ticketFacts(issue, site),
  }
}

/** `ticket.updated`, and `ticket.closed` beside it where the change closed the ticket. */
function changeEvents({ issue, changelog, timestamp, user }: IssueUpdated, site: URL): EventDraft[] {
  if (changelog === undefined || changelog.items.length === 0) return []
  const about = { identity: [site.host, issue.id, changelog.id], at: new Date(timestamp) }
  const actor = person(user)
  const updated: TicketUpdated = {
    ...ticketFacts(issue, site),
    changes: changelog.items.map(fieldChange),
    ...(actor ? { actor } : {}),
  }
  const event: EventDraft<TicketUpdated> = { kind: ticketEventKinds.updated, ...about, data: updated }
  if (!isClosing(issue, changelog.items)) return [event]

  const resolution = issue.fields.resolution?.name
  const closed: TicketClosed = { ...updated, ...(resolution === undefined ? {} : { resolution }) }
  return [event, { kind: ticketEventKinds.closed, ...about, data: closed }]
}

/**
 * Whether the change gave the ticket a resolution, or a status of the category "done". A move from one such status to
 * another counts as closing again, because a webhook does not tell the old status's category.
 */
function isClosing(issue: WebhookIssue, items: readonly ChangeItem[]): boolean {
  const isNowDone = issue.fields.status.statusCategory?.key === 'done'
  return items.some((item) => {
    const id = item.fieldId ?? item.field
    if (id === 'status') return isNowDone
    return id === 'resolution' && shownValue(item, 'from') === null && shownValue(item, 'to') !== null
  })
}

function fieldChange(item: ChangeItem): FieldChange {
  const { field, fieldId } = item
  return {
    field,
    ...(fieldId === undefined || fieldId === field ? {} : { fieldId }),
    from: shownValue(item, 'from'),
    to: shownValue(item, 'to'),
  }
}

function commentEvent({ issue, comment, timestamp }: CommentCreated, site: URL): EventDraft<TicketCommented> {
  const { summary, project, issuetype } = issue.fields ?? {}
  const actor = person(comment.author)
  return {
    kind: ticketEventKinds.commented,
    identity: [site.host, comment.id],
    at: dateOr(comment.created, timestamp),
    data: {
      ticket: ticketRef(site, issue),
      ...(summary === undefined ? {} : { summary }),
      project: project?.key ?? issue.key.slice(0, issue.key.lastIndexOf('-')),
      ...(issuetype === undefined ? {} : { type: issuetype.name }),
      comment: { id: comment.id, body: wikiText(comment.body) },
      ...(actor ? { actor } : {}),
    },
  }
}

function ticketFacts(issue: WebhookIssue, site: URL): TicketFacts {
  const { summary, description, labels, project, issuetype, status } = issue.fields
  const reporter = person(issue.fields.reporter)
  const marker = labels.find((label) => markerPattern.test(label))
  return {
    ticket: ticketRef(site, issue),
    summary,
    description: wikiText(description),
    labels,
    project: project.key,
    type: issuetype.name,
    status: status.name,
    ...(reporter ? { reporter } : {}),
    ...(marker === undefined ? {} : { marker }),
  }
}

function person(user: User | null | undefined): Person | undefined {
  if (user?.accountId === undefined) return undefined
  return {
    id: user.accountId,
    ...(user.displayName === undefined ? {} : { name: user.displayName }),
    ...(user.emailAddress ? { email: user.emailAddress } : {}),
  }
}

function dateOr(text: string | undefined, timestamp: number): Date {
  const time = Date.parse(text ?? '')
  return new Date(Number.isNaN(time) ? timestamp : time)
}
