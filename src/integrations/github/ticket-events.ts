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
import { markdownText } from './markdown-text.ts'
import { markerOf } from './marker.ts'
import type { CommentWebhook, IssueObject, IssueWebhook, User, Webhook } from './schema.ts'
import { ticketRef, ticketSite } from './ticket-client.ts'
import { statusOf } from './ticket-status.ts'

/**
 * What a delivery tells of tickets, where they are the issues of this repository; undefined where it is about something
 * else, a pull request of that repository too.
 */
export function ticketEvents(payload: Webhook, tickets: string): EventDraft[] | undefined {
  if (payload['x-github-event'] !== 'issues' && payload['x-github-event'] !== 'issue_comment') return undefined
  const { repository, issue } = payload
  if (repository.full_name.toLowerCase() !== tickets.toLowerCase() || issue.pull_request) return undefined
  return payload['x-github-event'] === 'issues' ? issueEvents(payload) : [commented(payload)]
}

function issueEvents(payload: IssueWebhook): EventDraft[] {
  const { action, issue } = payload
  const facts = factsOf(payload)
  const identity = identityOf(payload)
  if (action === 'opened') {
    const created: EventDraft<TicketCreated> = {
      kind: ticketEventKinds.created,
      identity,
      at: new Date(issue.created_at),
      data: facts,
    }
    return [created]
  }
  const actor = person(payload.sender)
  const about = { identity: [...identity, `${action} ${issue.updated_at}`], at: new Date(issue.updated_at) }
  const data: TicketUpdated = { ...facts, changes: changesOf(payload), ...(actor === undefined ? {} : { actor }) }
  const updated: EventDraft<TicketUpdated> = { kind: ticketEventKinds.updated, ...about, data }
  if (action !== 'closed') return [updated]
  const closed: TicketClosed = { ...data, resolution: statusOf(issue) }
  return [updated, { kind: ticketEventKinds.closed, ...about, data: closed }]
}

function commented(payload: CommentWebhook): EventDraft<TicketCommented> {
  const { issue, comment, repository, sender } = payload
  const actor = person(sender)
  return {
    kind: ticketEventKinds.commented,
    identity: [siteOf(payload), String(comment.id)],
    at: new Date(comment.created_at),
    data: {
      ticket: refOf(payload),
      summary: issue.title,
      project: repository.full_name,
      type: 'Issue',
      comment: { id: String(comment.id), body: markdownText(comment.body) },
      ...(actor === undefined ? {} : { actor }),
    },
  }
}

function factsOf(payload: IssueWebhook): TicketFacts {
  const { issue, repository } = payload
  const reporter = person(issue.user)
  const marker = markerOf(issue.body)
  return {
    ticket: refOf(payload),
    summary: issue.title,
    description: markdownText(issue.body),
    labels: issue.labels.map(({ name }) => name),
    project: repository.full_name,
    type: 'Issue',
    status: statusOf(issue),
    ...(reporter === undefined ? {} : { reporter }),
    ...(marker === undefined ? {} : { marker }),
  }
}

/** A move tells only where to, but from where is known: all but one of the statuses are closed ones. */
function changesOf({ action, changes, issue }: IssueWebhook): FieldChange[] {
  if (action === 'closed') return [{ field: 'status', from: 'open', to: statusOf(issue) }]
  if (action === 'reopened') return [{ field: 'status', from: 'closed', to: 'open' }]
  const { title, body } = changes ?? {}
  return [
    ...(title === undefined ? [] : [{ field: 'title', from: title.from, to: issue.title }]),
    ...(body === undefined ? [] : [{ field: 'body', from: textOrNull(body.from), to: textOrNull(issue.body) }]),
  ]
}

function textOrNull(markdown: string | null | undefined): string | null {
  return markdownText(markdown) || null
}

type AboutIssue = Pick<IssueWebhook | CommentWebhook, 'repository'> & { issue: IssueObject }

function refOf({ repository, issue }: AboutIssue) {
  return ticketRef({ repository: repository.full_name, number: issue.number }, issue.html_url)
}

function identityOf(payload: AboutIssue): string[] {
  return [siteOf(payload), String(payload.issue.number)]
}

function siteOf({ repository, issue }: AboutIssue): string {
  return ticketSite(new URL(issue.html_url).host, repository.full_name)
}

function person(user: User): Person | undefined {
  return user ? { id: String(user.id), name: user.login } : undefined
}
