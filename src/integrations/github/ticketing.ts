import { parseAnswer } from '../../connectors/http-client.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { Ticketing, TicketingDefinition } from '../../tickets/ticketing.ts'
import { gitHubApi, gitHubClient, repositoryPath } from './github-client.ts'
import { labelFields } from './label-fields.ts'
import { markdownText } from './markdown-text.ts'
import { markerOf } from './marker.ts'
import { isMadeBy, openTicket } from './open-ticket.ts'
import { CommentObject, IssueObject, RepositoryObject, repositoryName } from './schema.ts'
import {
  askUser,
  goneStatuses,
  type TicketClient,
  ticketClient,
  ticketPath,
  ticketRef,
  ticketSite,
} from './ticket-client.ts'
import { addComment, addLink, commentPath, editComment } from './ticket-comments.ts'
import { fieldNames, setFields, transition } from './ticket-fields.ts'
import { statusOf } from './ticket-status.ts'

export interface GitHubTicketingOptions {
  /** The repository whose issues are the tickets: `acme/incidents`. */
  repository: string
  /** A fine-grained personal access token; the README of this folder says with which permissions. */
  token: Secret
  /** The API's address. Default `https://api.github.com`; of an Enterprise Server `https://<host>/api/v3`. */
  url?: string
  /**
   * Fields that automations set and GitHub has not: each is kept as a label, `Alert type: Malware`. Default: none, and
   * such a field is refused.
   */
  labelFields?: readonly string[]
}

/**
 * The issues of one GitHub repository as the tickets, through REST, as the account of a token. A ticket's id is its
 * number; its statuses are `open`, `closed`, `not planned` and `duplicate`; its fields `title`, `labels`, `assignees`,
 * `milestone` and those of `labelFields`. Needs push access: without it GitHub drops labels, assignees and milestones silently, which the probe says.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine) and for what is no repository.
 *
 * https://docs.github.com/en/rest/issues/issues (November 2026)
 */
export function ticketing(options: GitHubTicketingOptions): TicketingDefinition {
  expectOptions('github.ticketing', options, {
    repository: 'string',
    token: 'any',
    url: 'string?',
    labelFields: 'any?',
  })
  const { repository, token, url = gitHubApi, labelFields: names = [] } = options
  checkOptions({ repository, url, names })
  return {
    integration: 'github',
    docs: 'https://docs.github.com/en/rest/issues/issues',
    title: 'GitHub Issues',
    secrets: [token],
    connect: () => connect(ticketClient(gitHubClient({ url, token }), { repository, labelFields: labelFields(names) })),
  }
}

function connect(client: TicketClient): Ticketing {
  const { repository, send } = client
  return {
    site: ticketSite(client.site, repository),
    project: repository,
    type: 'Issue',

    lookups: {
      async read(ticket, { signal }) {
        const { json, status } = await send({ path: ticketPath(repository, ticket), accept: goneStatuses, signal })
        if (goneStatuses.includes(status)) return notFound()
        const issue = parseAnswer(IssueObject, json, 'GitHub: issue')
        const { number, html_url, title, body, assignees, milestone } = issue
        const labels = issue.labels.map(({ name }) => name)
        return found({
          ...ticketRef({ repository, number }, html_url),
          summary: title,
          description: markdownText(body),
          labels,
          status: statusOf(issue),
          isClosed: issue.state === 'closed',
          fields: {
            title,
            labels,
            assignees: assignees.map(({ login }) => login),
            milestone: milestone?.number ?? null,
            ...client.labelFields.read(labels),
          },
        })
      },

      async isOwnComment({ commentId }, { signal }) {
        const { json, status } = await send({ path: commentPath(client, commentId), accept: [404], signal })
        if (status === 404) return found(false)
        const { body, user } = parseAnswer(CommentObject, json, 'GitHub: comment')
        const { id } = await client.ownAccount(signal)
        return found(markerOf(body) !== undefined && String(user?.id) === id)
      },

      async isMadeBy({ ticket, marker }, { signal }) {
        return found(await isMadeBy(client, { ticket, marker, signal }))
      },

      async ownAccount(_, { signal }) {
        return found(await client.ownAccount(signal))
      },
    },

    effects: {
      open: openTicket(client),
      comment: addComment(client),
      editComment: editComment(client),
      setFields: setFields(client),
      transition: transition(client),
      link: addLink(client),
    },

    async probe({ signal }) {
      await askUser(client, signal)
      const { json } = await send({ path: repositoryPath(repository), signal })
      const { has_issues, permissions } = parseAnswer(RepositoryObject, json, 'GitHub: repository')
      if (!has_issues)
        throw new ConnectorRefused(`GitHub: ${repository} has no issues: switch them on in its settings`, { status: 0 })
      if (permissions?.push !== true)
        throw new ConnectorRefused(
          `GitHub: Adder's account may not push to ${repository}, and GitHub drops the labels of such an account: give it the role Write`,
          { status: 0 },
        )
    },

    async close() {
      // Connections are the process's own and end when they are idle.
    },
  }
}

function checkOptions({ repository, url, names }: { repository: string; url: string; names: readonly string[] }): void {
  const faults: ConfigFault[] = []
  const address = URL.parse(url)
  if (address === null || !isSafeAddress(address))
    faults.push({ at: 'ticketing.url', problem: 'write it as https://<host>/api/v3' })
  if (!repositoryName.test(repository))
    faults.push({ at: 'ticketing.repository', problem: 'write the repository as acme/incidents' })
  if (names.some((name) => !/^[^\s:](?:[^:\r\n]{0,28}[^\s:])?$/.test(name) || fieldNames.includes(name.toLowerCase())))
    faults.push({
      at: 'ticketing.labelFields',
      problem: `write names of up to 30 characters without a colon, other than ${fieldNames.join(', ')}`,
    })
  if (faults.length > 0) throw new ConfigError(faults)
}
