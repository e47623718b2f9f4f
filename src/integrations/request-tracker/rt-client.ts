import type { CallOptions } from '../../connectors/effect.ts'
import { type HttpAnswer, type HttpRequest, httpClient, parseAnswer, path } from '../../connectors/http-client.ts'
import { isSafeAddress } from '../../connectors/is-safe-address.ts'
import { ConnectorInputInvalid, ConnectorRefused, ConnectorUnavailable } from '../../errors/connector-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { TicketGone } from '../../tickets/ticket-gone.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { RtFailure, RtTicket } from './schema.ts'

export interface RtClient {
  /** The address of RT's own pages, with a slash at its end. */
  site: URL
  /** The number of the user that the token belongs to: RT writes it into the token. */
  userId(): string
  /** Sends below `/REST/2.0`. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The ticket as it is now; undefined where it was deleted or may not be seen. */
  findTicket(ticket: TicketRef, call: CallOptions): Promise<RtTicket | undefined>
  /**
   * The ticket as it is now. Asked for before each write, because RT takes writes to a deleted ticket, and answers one
   * to a ticket that there never was as if a right were missing.
   *
   * @throws TicketGone where it was deleted or may not be seen.
   */
  presentTicket(ticket: TicketRef, call: CallOptions): Promise<RtTicket>
}

/**
 * Requests to one Request Tracker as the owner of this authentication token.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Authentication-Methods
 */
export function rtClient({ site, token }: { site: URL; token: Secret }): RtClient {
  const send = httpClient({
    title: 'Request Tracker',
    baseUrl: new URL('REST/2.0/', site).href,
    headers: () => ({ authorization: `token ${token.reveal()}` }),
  })

  async function findTicket(ticket: TicketRef, { signal }: CallOptions): Promise<RtTicket | undefined> {
    const { json, status } = await send({ path: path`/ticket/${ticketId(ticket)}`, accept: [403, 404], signal })
    if (status === 403 || status === 404) {
      // A proxy in front of RT refuses in other words, and knows nothing of the ticket.
      if (RtFailure.safeParse(json).success) return undefined
      throw new ConnectorRefused(`Request Tracker: ticket: answered ${status}, in other words than RT's`, { status })
    }
    const present = parseAnswer(RtTicket, json, 'Request Tracker: ticket')
    return present.Status === 'deleted' ? undefined : present
  }

  return {
    site,
    send,
    userId: () => userIdIn(token.reveal()),
    findTicket,
    async presentTicket(ticket, call) {
      const present = await findTicket(ticket, call)
      if (present === undefined)
        throw new TicketGone(
          `Request Tracker: ticket ${ticket.id} is gone: it was deleted, or Adder's account may not see it any more`,
        )
      return present
    },
  }
}

/** Where RT is, with a slash at its end; undefined where it is nothing that a token may be sent to. */
export function readSite(url: string): URL | undefined {
  const site = URL.parse(url.endsWith('/') ? url : `${url}/`)
  return site !== null && isSafeAddress(site) ? site : undefined
}

/** The ticket's id, checked: it may come from outside. */
export function ticketId({ id }: TicketRef): string {
  return checkedId(id, 'ticket')
}

/** A comment's id, which is that of its transaction, checked: it may come from outside. */
export function commentId(id: string): string {
  return checkedId(id, 'comment')
}

function checkedId(id: string, of: string): string {
  if (!/^\d{1,10}$/.test(id))
    throw new ConnectorInputInvalid(`Request Tracker: ${JSON.stringify(id)} is not a ${of} id (digits)`)
  return id
}

/** The ticket with its page. People call a ticket by its number, with a hash sign before it. */
export function ticketRef(site: URL, id: string): TicketRef {
  return { id, key: `#${id}`, url: new URL(`Ticket/Display.html?id=${id}`, site).href }
}

/** `1-<number of the user>-<32 hexadecimal digits>`, as RT::AuthToken makes them. */
function userIdIn(token: string): string {
  const id = /^1-(\d+)-[0-9a-f]{32}$/i.exec(token.trim())?.[1]
  if (id === undefined)
    throw new ConnectorInputInvalid(
      'Request Tracker: the token is not an authentication token of RT 5, as 1-27-7848… would be',
    )
  return id
}

/** A value in TicketSQL. */
export function quote(value: string): string {
  return `'${value.replaceAll(/['\\]/g, '\\$&')}'`
}

/** Reads what became of a write. Where that fails, the write has happened, or may have, all the same. */
export async function afterWrite<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof ConnectorUnavailable)) throw error
    const { message, until, status } = error
    const known = status === undefined ? {} : { status }
    throw new ConnectorUnavailable(message, { mayHaveHappened: true, until, ...known, cause: error })
  }
}
