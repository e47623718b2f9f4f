import type { HttpAuth } from '../../connectors/http-auth.ts'
import { type HttpAnswer, type HttpRequest, httpClient, path } from '../../connectors/http-client.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import type { Edition } from './edition.ts'
import { type WriteQueue, writeQueue } from './write-queue.ts'

/** The issue and comment property that holds the marker of the effect that made it. */
export const effectProperty = 'adder.effect'

/**
 * How long a write to an existing ticket may take, with its wait for the writes before it, in milliseconds. After a
 * kill, a write that may still be on its way is waited for this long.
 */
export const writeTimeoutMs = 10_000

export interface JiraClient {
  /** The site's address without a slash at the end. */
  site: URL
  edition: Edition
  send(request: HttpRequest): Promise<HttpAnswer>
  /**
   * Sends below `issue/<id>` of the API: the id stays when a ticket is moved to another project.
   *
   * @throws TicketGone where Jira answers 404.
   */
  sendToIssue(ticket: TicketRef, request: Omit<HttpRequest, 'path'> & { below?: string }): Promise<HttpAnswer>
  /** Runs a write to a ticket when earlier ones have ended: Jira allows 20 in 2 seconds and 100 in 30 seconds. */
  inTurn: WriteQueue
}

/**
 * Requests to one Jira site as the user whose credentials these are.
 *
 * https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
 */
export function jiraClient({ site, auth, edition }: { site: URL; auth: HttpAuth; edition: Edition }): JiraClient {
  const request = httpClient({
    title: 'Jira',
    baseUrl: site.href,
    isPublic: site.hostname.endsWith('.atlassian.net'),
    headers: auth.headers,
  })

  async function send(asked: HttpRequest): Promise<HttpAnswer> {
    try {
      return await request(asked)
    } catch (error) {
      throw isConflict(error) ? againAfterConflict(error) : error
    }
  }

  return {
    site,
    edition,
    send,
    async sendToIssue(ticket, { below = '', ...asked }) {
      try {
        return await send({ ...asked, path: edition.api + path`/issue/${issueId(ticket)}` + below })
      } catch (error) {
        throw isGone(error) ? ticketIsGone(ticket, error) : error
      }
    },
    inTurn: writeQueue(),
  }
}

/** A site's address, with a slash at its end; undefined where it is none that a token may be sent to. */
export function readSite(url: string): URL | undefined {
  const site = URL.parse(url.endsWith('/') ? url : `${url}/`)
  return site !== null && isSafeAddress(site) ? site : undefined
}

/** The ticket's id, checked: it may come from outside. */
export function issueId({ id }: TicketRef): string {
  if (!/^\d{1,19}$/.test(id)) throw new ConnectorInputInvalid(`Jira: ${JSON.stringify(id)} is not an issue id (digits)`)
  return id
}

/** A comment's id, checked: it may come from outside. */
export function commentId(id: string): string {
  if (!/^\d{1,19}$/.test(id))
    throw new ConnectorInputInvalid(`Jira: ${JSON.stringify(id)} is not a comment id (digits)`)
  return id
}

/** The ticket's page. */
export function ticketRef(site: URL, { id, key }: { id: string; key: string }): TicketRef {
  return { id, key, url: new URL(`browse/${key}`, site).href }
}

function isConflict(error: unknown): error is ConnectorRefused {
  return error instanceof ConnectorRefused && error.status === 409
}

/** Another write to the same issue came in between, and this one was not made. */
function againAfterConflict(cause: ConnectorRefused): ConnectorUnavailable {
  return new ConnectorUnavailable(cause.message, { mayHaveHappened: false, cause })
}

function isGone(error: unknown): error is ConnectorRefused {
  return error instanceof ConnectorRefused && error.status === 404
}

function ticketIsGone(ticket: TicketRef, cause: ConnectorRefused): TicketGone {
  return new TicketGone(
    `Jira: ${nameOf(ticket)} is gone: it was deleted, or Adder's account may not see it any more, which Jira does not tell apart. ${cause.message}`,
    { cause },
  )
}

/** What people call the ticket. The key comes from outside too, and only the id is checked before it is sent. */
export function nameOf({ id, key }: TicketRef): string {
  return /^[A-Z][A-Z0-9_]+-\d+$/.test(key) ? key : `issue ${id}`
}
