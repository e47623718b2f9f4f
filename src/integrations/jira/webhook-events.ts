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
import type { EventDraft } from '../../intake/source.ts'
import { ticketRef } from './jira-client.ts'
import {
  type ChangeItem,
  type CompactIssue,
  type IssueUpdated,
  shownValue,
  type User,
  userId,
  type Webhook,
  type WebhookComment,
  type WebhookIssue,
} from './schema.ts'
import { wikiText } from './wiki-text.ts'

const markerPattern = /^adder-[0-9a-f]{24}$/

/**
 * What a webhook of either edition tells, as events; none where it tells nothing of interest.
 *
 * @param siteOf the site that an issue is of.
 */
export function eventsOf(payload: Webhook, siteOf: (issue: { self: string }) => URL): EventDraft[] {
  switch (payload.webhookEvent) {
    case 'jira:issue_created':
      return [createdEvent(payload.issue, payload.timestamp, siteOf(payload.issue))]
    case 'jira:issue_updated': {
      const { issue, comment, timestamp } = payload
      const site = siteOf(issue)
      const commented = comment && isNewComment(payload) ? [commentEvent({ issue, comment, timestamp }, site)] : []
      return [...changeEvents(payload, site), ...commented]
    }
    case 'comment_created': {
      const { issue, comment, timestamp } = payload
      // Data Center leaves the issue out; the update that comes with the comment has both.
      return issue === undefined ? [] : [commentEvent({ issue, comment, timestamp }, siteOf(issue))]
    }
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

/** Data Center tells of a comment as of an update of its issue, whether it is new, edited or deleted. */
function isNewComment({ issue_event_type_name: type = '' }: IssueUpdated): boolean {
  return !/^issue_comment_(edited|deleted)$/.test(type)
}

interface NewComment {
  issue: CompactIssue
  comment: WebhookComment
  timestamp: number
}

function commentEvent({ issue, comment, timestamp }: NewComment, site: URL): EventDraft<TicketCommented> {
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
  const id = user ? userId(user) : undefined
  if (!user || id === undefined) return undefined
  return {
    id,
    ...(user.displayName === undefined ? {} : { name: user.displayName }),
    ...(user.emailAddress ? { email: user.emailAddress } : {}),
  }
}

function dateOr(text: string | undefined, timestamp: number): Date {
  const time = Date.parse(text ?? '')
  return new Date(Number.isNaN(time) ? timestamp : time)
}
