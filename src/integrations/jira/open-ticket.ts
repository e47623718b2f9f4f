import type { Effect } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { MadeTicket, NewTicket, TicketRef } from '../../tickets/ticketing.ts'
import { byId, type FieldResolver } from './field-resolver.ts'
import { effectProperty, type JiraClient, ticketRef } from './jira-client.ts'
import { CreatedIssue, EffectProperty, SearchPage } from './schema.ts'

const maxSummaryLength = 255

export interface OpenTicketOptions {
  client: JiraClient
  resolveFields: FieldResolver
  /** The project's key. */
  project: string
  /** The ticket's type by name. */
  type: string
}

/**
 * Opens a ticket. Jira has no idempotency key, so the marker goes into the creating call twice: as a label, which a
 * search finds, and as an issue property, which tells the ticket from a copy of it (a copy keeps its labels).
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
 */
export function openTicket({ client, resolveFields, project, type }: OpenTicketOptions): Effect<NewTicket, MadeTicket> {
  return {
    once: 'by marker',
    finding: 'lagging',

    async make({ summary, description, labels = [], fields = {} }, { marker, signal }) {
      const body = {
        fields: {
          issuetype: { name: type },
          ...byId(await resolveFields(fields, signal)),
          project: { key: project },
          summary: checkSummary(summary),
          labels: [...new Set([...labels.map(checkLabel), marker])],
          ...(description === undefined || description.length === 0
            ? {}
            : { description: client.edition.richText(description) }),
        },
        properties: [{ key: effectProperty, value: { id: marker } }],
      }
      const { json } = await client.send({ method: 'POST', path: `${client.edition.api}/issue`, body, signal })
      return ticketRef(client.site, parseAnswer(CreatedIssue, json, 'Jira: created issue'))
    },

    async find(_, { marker, signal }) {
      // Without the project: the ticket may have been moved to another one since.
      const body = { jql: `labels = ${quote(marker)} ORDER BY created ASC`, fields: ['summary'], maxResults: 50 }
      const { json } = await client.send({
        method: 'POST',
        path: client.edition.api + client.edition.search,
        body,
        signal,
      })
      const made: TicketRef[] = []
      for (const issue of parseAnswer(SearchPage, json, 'Jira: search').issues)
        if (await isMadeBy(client, issue.id, { marker, signal })) made.push(ticketRef(client.site, issue))
      const [oldest, ...others] = made
      if (oldest === undefined) return notFound()
      return found(others.length === 0 ? oldest : { ...oldest, others })
    },
  }
}

/** Whether the issue's property holds this marker; not so for an issue that is gone or not visible. */
export async function isMadeBy(
  { send, edition }: JiraClient,
  issueId: string,
  { marker, signal }: { marker: string; signal: AbortSignal },
): Promise<boolean> {
  const asked = edition.api + path`/issue/${issueId}/properties/${effectProperty}`
  const { json, status } = await send({ path: asked, accept: [404], signal })
  return status !== 404 && parseAnswer(EffectProperty, json, 'Jira: issue property').value.id === marker
}

/** A summary as Jira takes it: one line, at most 255 characters. */
function checkSummary(summary: string): string {
  const line = oneLine(summary, maxSummaryLength)
  if (line === '') throw new ConnectorInputInvalid('Jira: a ticket needs a summary, and this one is empty')
  return line
}

function checkLabel(label: string): string {
  if (label === '' || label.length > 255 || /\s/.test(label))
    throw new ConnectorInputInvalid(
      `Jira: ${JSON.stringify(label)} can't be a label: a label has no spaces and up to 255 characters`,
    )
  return label
}

/** A value in JQL: in quotes, with backslashes and quotes escaped. */
function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}
