import { adfText } from '../../src/integrations/jira/adf-text.ts'
import { effectProperty } from '../../src/integrations/jira/jira-client.ts'
import type { JiraStandIn, StandInIssue } from '../../src/integrations/jira/stand-in.ts'

/** What Jira holds for the alerts, from its own state. */
export interface Account {
  tickets: number
  comments: number
  /** What an alert lacks, a sentence for each. */
  lost: string[]
  /** Alerts with more than one ticket, and tickets of no alert; a sentence for each. */
  doubledTickets: string[]
  /** Tickets with a comment more than once, a sentence for each. */
  doubledComments: string[]
}

const titles = ['Active Directory', 'VirusTotal']

/** How an alert's ticket names it. */
export const sidForm = /crash_\d+_\d+_at_\d+_1/

export function accountOf(jira: JiraStandIn, sids: readonly string[]): Account {
  const tickets = Map.groupBy(jira.issues(), sidOf)
  const strangers = [...tickets.keys()].filter((sid) => !sids.includes(sid))
  return {
    tickets: jira.issues().length,
    comments: jira.issues().reduce((sum, { comments }) => sum + comments.length, 0),
    lost: sids.flatMap((sid) => lostOf(sid, tickets.get(sid) ?? [])),
    doubledTickets: [
      ...sids.flatMap((sid) => doubledTickets(sid, tickets.get(sid) ?? [])),
      ...strangers.map((sid) => `${shown(tickets.get(sid) ?? [])}: of no alert that was sent (${sid})`),
    ],
    doubledComments: jira.issues().flatMap(doubledComments),
  }
}

/** Where a ticket was made again because its first was unknown: whether both have the one marker. */
export function isSameMarker(jira: JiraStandIn): boolean {
  const markers = [...Map.groupBy(jira.issues(), sidOf).values()].map((issues) => new Set(issues.map(markerOf)).size)
  return markers.every((count) => count === 1)
}

function lostOf(sid: string, issues: readonly StandInIssue[]): string[] {
  if (issues.length === 0) return [`${sid}: there is no ticket`]
  const told = issues.flatMap(titlesOf)
  const missing = titles.filter((title) => !told.includes(title))
  return missing.map((title) => `${sid}: ${shown(issues)} has no comment of ${title}`)
}

function doubledTickets(sid: string, issues: readonly StandInIssue[]): string[] {
  return issues.length > 1 ? [`${sid}: ${issues.length} tickets, ${shown(issues)}`] : []
}

function doubledComments(issue: StandInIssue): string[] {
  const told = titlesOf(issue)
  const doubled = told.filter((title, index) => told.indexOf(title) !== index)
  return doubled.map((title) => `${sidOf(issue)}: ${shown([issue])} has the comment of ${title} more than once`)
}

function titlesOf({ comments }: StandInIssue): string[] {
  return comments.map(({ body }) => adfText(body).split(':')[0] ?? '')
}

function sidOf({ fields }: StandInIssue): string {
  return sidForm.exec(JSON.stringify(fields.description))?.[0] ?? 'none'
}

function markerOf({ properties }: StandInIssue): string {
  return JSON.stringify(properties[effectProperty])
}

function shown(issues: readonly StandInIssue[]): string {
  return issues.map((issue) => `${issue.key} (${markerOf(issue)})`).join(', ')
}
