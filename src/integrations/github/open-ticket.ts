import type { CallOptions, Effect } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import type { MadeTicket, NewTicket, TicketRef } from '../../tickets/ticketing.ts'
import { clockMarginMs } from './comments.ts'
import { pageSize, repositoryPath } from './github-client.ts'
import { markdown } from './markdown.ts'
import { markerOf, withMarker } from './marker.ts'
import { IssueObject, IssuesPage } from './schema.ts'
import { goneStatuses, type TicketClient, ticketPath, ticketRef } from './ticket-client.ts'
import { issueFields, issueTitle, wantedFields } from './ticket-fields.ts'

/**
 * Opens an issue. GitHub has no idempotency key, so the marker goes into the body, where nobody sees it; found again in the
 * list of issues, because GitHub's search lags, and of its lists no lag is documented. A copy that somebody else made of the
 * body is theirs.
 *
 * https://docs.github.com/en/rest/issues/issues#create-an-issue
 */
export function openTicket(client: TicketClient): Effect<NewTicket, MadeTicket> {
  const { repository, send } = client
  const issues = `${repositoryPath(repository)}${path`/issues`}`
  return {
    once: 'by marker',
    finding: 'cheap',

    async make({ summary, description = [], labels = [], fields = {} }, { marker, signal }) {
      const { fields: further, labelled } = wantedFields(fields, client.labelFields)
      const all = client.labelFields.set([...new Set([...labels, ...(further.labels ?? [])])], labelled)
      const body = {
        ...further,
        title: issueTitle(summary),
        body: withMarker(markdown(description), marker),
        ...issueFields({ labels: all }),
      }
      const { json } = await send({ method: 'POST', path: issues, body, signal })
      return refOf(parseAnswer(IssueObject, json, 'GitHub: issue'))
    },

    /** Newest first, back to when it was intended. */
    async find(_, { marker, intendedAt, signal }) {
      const { id } = await client.ownAccount(signal)
      const oldest = Date.parse(intendedAt) - clockMarginMs
      const made: TicketRef[] = []
      for (let page = 1; ; page += 1) {
        const query = { state: 'all', sort: 'created', direction: 'desc', per_page: pageSize, page }
        const { json } = await send({ path: issues, query, signal })
        const listed = parseAnswer(IssuesPage, json, 'GitHub: issues')
        const young = listed.filter(({ created_at }) => Date.parse(created_at) >= oldest)
        made.push(...young.filter((issue) => isOwn(issue, { id, marker })).map(refOf))
        if (young.length < pageSize) break
      }
      const [first, ...others] = made.reverse()
      if (first === undefined) return notFound()
      return found(others.length === 0 ? first : { ...first, others })
    },
  }

  function refOf({ number, html_url }: IssueObject): TicketRef {
    return ticketRef({ repository, number }, html_url)
  }
}

/** Whether the issue was made by Adder with this marker; not so for one that is gone. */
export async function isMadeBy(
  client: TicketClient,
  { ticket, marker, signal }: { ticket: TicketRef; marker: string } & CallOptions,
): Promise<boolean> {
  const asked = { path: ticketPath(client.repository, ticket), accept: goneStatuses, signal }
  const { json, status } = await client.send(asked)
  if (goneStatuses.includes(status)) return false
  const { id } = await client.ownAccount(signal)
  return isOwn(parseAnswer(IssueObject, json, 'GitHub: issue'), { id, marker })
}

function isOwn({ body, user }: IssueObject, { id, marker }: { id: string; marker: string }): boolean {
  return markerOf(body) === marker && String(user?.id) === id
}
