import { idPathsOfTicketEvents } from '../../automations/ticket-events.ts'
import { ConfigError } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { githubEvents } from './github-events.ts'
import { type GitHubSweepOptions, gitHubSweep } from './github-sweep.ts'
import { eventHeader, repositoryName, Webhook } from './schema.ts'
import { ticketEvents } from './ticket-events.ts'

export interface GitHubSourceOptions {
  /** The webhook's secret; several while one replaces the other. */
  secret: Secrets
  /**
   * The repository whose issues are the tickets, as the ticketing has it: what happens to them is told as
   * `ticket.created` and its kin, and not as `github.issue`. Default: none.
   */
  tickets?: string
  /** Has Adder ask GitHub for the deliveries that did not arrive. Default: it does not. */
  sweep?: GitHubSweepOptions
  /** The path segment below `/hooks/`. Default `github`. */
  name?: string
}

/** Ids, hashes, times and addresses: what redaction must not touch. */
const keptPaths = new Set([
  ...idPathsOfTicketEvents,
  'repository',
  'pullRequest.url',
  'pullRequest.head.commit',
  'before',
  'issue.url',
  'comment.url',
])

/**
 * GitHub's webhooks, of a repository, an organization or an app, signed with their secret: what happens to pull requests
 * and issues, and comments on both. Everything else that GitHub sends, its `ping` too, is accepted and starts nothing.
 *
 * Overlapping webhooks and deliveries that are sent again mean one event. Bodies up to 25 MiB, more than GitHub sends;
 * only `application/json`. Throws `ConfigError` where `tickets` is no repository. Built from the pages below in November
 * 2026.
 *
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads and
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function source(options: GitHubSourceOptions): SourceDefinition<Webhook> {
  expectOptions('github.source', options, { secret: 'any', tickets: 'string?', sweep: 'any?', name: 'string?' })
  const { secret, tickets, sweep, name = 'github' } = options
  if (tickets !== undefined && !repositoryName.test(tickets))
    throw new ConfigError([{ at: 'sources.github.tickets', problem: 'write the repository as acme/incidents' }])
  return {
    name,
    integration: 'github',
    docs: 'https://docs.github.com/en/webhooks/webhook-events-and-payloads',
    maxBytes: 25 * 1024 * 1024,
    authentication: { kind: 'signature', header: 'x-hub-signature-256', prefix: 'sha256=', secrets: secret },
    schema: Webhook,
    withHeaders: (body, headers) => (isObject(body) ? { ...body, [eventHeader]: headers[eventHeader] } : body),
    deliveryId: ({ 'x-github-delivery': id }) => (typeof id === 'string' && id !== '' ? id : undefined),
    events: (payload) => (tickets && ticketEvents(payload, tickets)) || githubEvents(payload),
    keeps: (path) => keptPaths.has(path.join('.')),
    ...(sweep === undefined ? {} : { sweep: gitHubSweep(sweep) }),
  }
}

function isObject(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}
