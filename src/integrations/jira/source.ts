import { basic } from '../../connectors/http-auth.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Secret, Secrets } from '../../secrets/secret.ts'
import { cloud } from './edition.ts'
import { jiraSweep, type SweptTickets } from './jira-sweep.ts'
import type { Webhook } from './schema.ts'
import { webhooks } from './webhooks.ts'

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

export interface JiraSweepOptions extends SweptTickets {
  /** The e-mail address of an account that may browse the tickets; the ticketing's will do. */
  email: string | Secret
  /** An API token of that account. */
  token: Secret
}

/**
 * Jira Cloud's admin webhooks, signed with their secret: issues created and updated, and comments created. Everything
 * else that Jira sends is accepted and starts nothing.
 *
 * Two overlapping webhooks and Jira's repeats (which carry one `x-atlassian-webhook-identifier`) mean one event.
 *
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export function source(options: JiraSourceOptions): SourceDefinition<Webhook> {
  expectOptions('jira.source', options, { secret: 'any', url: 'string?', sweep: 'any?' })
  const { secret, url, sweep } = options
  const name = 'jira'
  return {
    ...webhooks({ name, secret, url }),
    docs: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
    ...(sweep === undefined ? {} : { sweep: sweepOf(name, sweep) }),
  }
}

function sweepOf(source: string, options: JiraSweepOptions) {
  expectOptions('jira.source.sweep', options, {
    url: 'string',
    email: 'any',
    token: 'any',
    jql: 'string',
    every: 'any?',
  })
  const { email, token, ...swept } = options
  return jiraSweep(swept, { auth: basic(email, token), edition: cloud, source })
}
