import { basic } from '../../connectors/http-auth.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { TicketingDefinition } from '../../tickets/ticketing.ts'
import { jiraTicketing } from './both-ticketings.ts'
import { cloud } from './edition.ts'

export interface JiraTicketingOptions {
  /** The site: `https://acme.atlassian.net`. */
  url: string
  /** The e-mail address of the account that Adder acts as. */
  email: string | Secret
  /** An API token of that account. */
  token: Secret
  /** The key of the project that tickets are opened in: `SEC`. */
  project: string
  /** The type of the tickets by name: `Incident`. */
  type: string
}

/**
 * Jira Cloud as the holder of the tickets, through REST version 3, as one user with an API token. The user needs the
 * project permissions to browse, create, edit, link and transition issues and to comment.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine) or a project key that is
 * none.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
 */
export function ticketing(options: JiraTicketingOptions): TicketingDefinition {
  expectOptions('jira.ticketing', options, {
    url: 'string',
    email: 'any',
    token: 'any',
    project: 'string',
    type: 'string',
  })
  const { url, email, token, project, type } = options
  const auth = basic(email, token)
  return {
    integration: 'jira',
    docs: 'https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/',
    title: 'Jira',
    secrets: auth.secrets,
    connect: jiraTicketing({ url, project, type }, { auth, edition: cloud }),
  }
}
