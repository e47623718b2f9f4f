import { bearer } from '../../connectors/http-auth.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Secret, Secrets } from '../../secrets/secret.ts'
import { dataCenter } from './edition.ts'
import { jiraSweep, type SweptTickets } from './jira-sweep.ts'
import type { Webhook } from './schema.ts'
import { webhooks } from './webhooks.ts'

export interface DataCenterSourceOptions {
  /** The webhook's secret; several while one replaces the other. */
  secret: Secrets
  /**
   * The site, where the base URL that Jira writes into its webhooks is another one. Default: what the issue's own address
   * begins with. It must be the site of the ticketing, or one ticket would be two.
   */
  url?: string
  /** Has Adder ask Jira for the tickets whose creation no webhook told of. Default: it does not. */
  sweep?: DataCenterSweepOptions
}

export interface DataCenterSweepOptions extends SweptTickets {
  /** A personal access token of a user who may browse the tickets; the ticketing's will do. */
  token: Secret
}

/**
 * Jira Data Center's webhooks (10.0 or later), signed with their secret: issues created and updated. Comments come with
 * the update of their issue; a `comment_created`, which does not name the issue, starts nothing, and so does everything
 * else that Jira sends.
 *
 * Nothing identifies a delivery, so what is told twice is known by the ids of issue, change and comment.
 *
 * https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html (November 2026)
 */
export function dataCenterSource(options: DataCenterSourceOptions): SourceDefinition<Webhook> {
  expectOptions('jira.dataCenterSource', options, { secret: 'any', url: 'string?', sweep: 'any?' })
  const { secret, url, sweep } = options
  const name = 'jira-data-center'
  return {
    ...webhooks({ name, secret, url }),
    docs: 'https://confluence.atlassian.com/adminjiraserver/managing-webhooks-938846912.html',
    ...(sweep === undefined ? {} : { sweep: sweepOf(name, sweep) }),
  }
}

function sweepOf(source: string, options: DataCenterSweepOptions) {
  expectOptions('jira.dataCenterSource.sweep', options, {
    url: 'string',
    token: 'any',
    jql: 'string',
    every: 'any?',
  })
  const { token, ...swept } = options
  return jiraSweep(swept, { auth: bearer(token), edition: dataCenter, source })
}
