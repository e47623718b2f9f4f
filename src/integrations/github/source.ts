import type { SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { githubEvents } from './github-events.ts'
import { type GitHubSweepOptions, gitHubSweep } from './github-sweep.ts'
import { eventHeader, Webhook } from './schema.ts'

export interface GitHubSourceOptions {
  /** The webhook's secret; several while one replaces the other. */
  secret: Secrets
  /** Has Adder ask GitHub for the deliveries that did not arrive. Default: it does not. */
  sweep?: GitHubSweepOptions
  /** The path segment below `/hooks/`. Default `github`. */
  name?: string
}

/** Ids, hashes, times and addresses: what redaction must not touch. */
const keptPaths = new Set([
  'repository',
  'pullRequest.url',
  'pullRequest.head.commit',
  'before',
  'issue.url',
  'comment.id',
  'comment.url',
  'marker',
])

/**
 * GitHub's webhooks, of a repository, an organization or an app, signed with their secret: what happens to pull requests
 * and issues, and comments on both. Everything else that GitHub sends, its `ping` too, is accepted and starts nothing.
 *
 * Overlapping webhooks and deliveries that are sent again mean one event. Bodies up to 25 MiB, more than GitHub sends;
 * only `application/json`. Built from the pages below in November 2026.
 *
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads and
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function source({ secret, sweep, name = 'github' }: GitHubSourceOptions): SourceDefinition<Webhook> {
  return {
    name,
    integration: 'github',
    docs: 'https://docs.github.com/en/webhooks/webhook-events-and-payloads',
    maxBytes: 25 * 1024 * 1024,
    authentication: { kind: 'signature', header: 'x-hub-signature-256', prefix: 'sha256=', secrets: secret },
    schema: Webhook,
    withHeaders: (body, headers) => (isObject(body) ? { ...body, [eventHeader]: headers[eventHeader] } : body),
    deliveryId: ({ 'x-github-delivery': id }) => (typeof id === 'string' && id !== '' ? id : undefined),
    events: githubEvents,
    keeps: (path) => keptPaths.has(path.join('.')),
    ...(sweep === undefined ? {} : { sweep: gitHubSweep(sweep) }),
  }
}

function isObject(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}
