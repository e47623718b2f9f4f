import { bearer } from '../../connectors/http-auth.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { TicketingDefinition } from '../../tickets/ticketing.ts'
import { jiraTicketing } from './both-ticketings.ts'
import { dataCenter } from './edition.ts'

export interface DataCenterTicketingOptions {
  /** The site, with its path where it has one: `https://jira.acme.example`, `https://acme.example/jira`. */
  url: string
  /** A personal access token of the user that Adder acts as. */
  token: Secret
  /** The key of the project that tickets are opened in: `SEC`. */
  project: string
  /** The type of the tickets by name: `Incident`. */
  type: string
}

/**
 * Jira Data Center, 9.12 or later, as the holder of the tickets, through REST version 2, as one user with a personal
 * access token. The user needs the project permissions to browse, create, edit, link and transition issues and to
 * comment. Built from its documentation of November 2026; never run against a real one.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine) or a project key that is
 * none.
 *
 * https://developer.atlassian.com/server/jira/platform/rest/v11003/
 */
export function dataCenterTicketing(options: DataCenterTicketingOptions): TicketingDefinition {
  expectOptions('jira.dataCenterTicketing', options, { url: 'string', token: 'any', project: 'string', type: 'string' })
  const { url, token, project, type } = options
  const auth = bearer(token)
  return {
    integration: 'jira',
    docs: 'https://developer.atlassian.com/server/jira/platform/rest/v11003/',
    title: 'Jira Data Center',
    secrets: auth.secrets,
    connect: jiraTicketing({ url, project, type }, { auth, edition: dataCenter }),
  }
}
