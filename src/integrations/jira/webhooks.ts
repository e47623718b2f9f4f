import type { IncomingHttpHeaders } from 'node:http'
import { idPathsOfTicketEvents } from '../../automations/ticket-events.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { SourceDefinition } from '../../intake/source.ts'
import type { Secrets } from '../../secrets/secret.ts'
import { Webhook } from './schema.ts'
import { eventsOf } from './webhook-events.ts'

/**
 * What the webhooks of both editions have in common: a signature, and what they tell.
 *
 * @param url the site; default: what the address of an issue begins with.
 * @throws ConfigError where the site is none.
 */
export function webhooks({ name, secret, url }: { name: string; secret: Secrets; url: string | undefined }) {
  if (url !== undefined && !URL.canParse(url))
    throw new ConfigError([{ at: `sources.${name}.url`, problem: 'write the site as people open it: https://…' }])
  const site = ({ self }: { self: string }) => siteOf(url ?? self)

  return {
    name,
    integration: 'jira',
    maxBytes: 8 * 1024 * 1024,
    authentication: { kind: 'signature', header: 'x-hub-signature', prefix: 'sha256=', secrets: secret },
    schema: Webhook,
    deliveryId: (headers) => singleHeader(headers, 'x-atlassian-webhook-identifier'),
    events: (payload) => eventsOf(payload, site),
    keeps: (path) => keptPaths.has(path.join('.')),
  } satisfies Omit<SourceDefinition<Webhook>, 'docs'>
}

/** A site in a folder of its host, which Data Center's may be, ends where its interface begins. */
function siteOf(address: string): URL {
  const [start = address] = address.split('/rest/api/')
  return new URL(start.endsWith('/') ? start : `${start}/`)
}

const keptPaths = new Set(idPathsOfTicketEvents)

function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
