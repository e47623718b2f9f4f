import type { CallOptions, Effect, EffectCall } from '../../connectors/effect.ts'
import { parseAnswer, path } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConnectorInputInvalid, ConnectorRefused } from '../../errors/connector-errors.ts'
import { oneLine } from '../../tickets/cut-text.ts'
import type { TicketRef } from '../../tickets/ticketing.ts'
import { webAddress } from '../../tickets/web-address.ts'
import { differing, fieldsBody, isSameName, readFields } from './fields.ts'
import type { OwnAccount } from './own-account.ts'
import { afterWrite, type RtClient, ticketId } from './rt-client.ts'
import { Messages, type RtTicket, Transactions } from './schema.ts'

/** What RT's own automatic changes are made by; they are nobody's will. */
const system = 'RT_System'

const pageSize = 100

/**
 * Sets fields, by name. Not done again where every field is already so, or was changed by somebody else after the effect
 * was intended: the later will of a person stands.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Updating-Tickets
 *
 * `make` throws `ConnectorRefused`, with what RT says, where a field is not as wanted afterwards.
 */
export function setFields(
  client: RtClient,
  ownAccount: OwnAccount,
): Effect<{ ticket: TicketRef; fields: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    about: ({ ticket }) => ticket,

    async make({ ticket, fields }, { signal }) {
      const present = await client.presentTicket(ticket, { signal })
      const read = readFields(fields, namesOf(present))
      if (differing(present, read).length === 0) return
      const { now, says } = await change(client, ticket, { body: fieldsBody(read), signal })
      const left = differing(now, read)
      if (left.length > 0) throw refused(ticket, `did not take ${left.join(', ')}`, says)
    },

    async find({ ticket, fields }, call) {
      const present = await client.presentTicket(ticket, call)
      const left = differing(present, readFields(fields, namesOf(present)))
      if (left.length === 0) return found(undefined)
      const others = await changedByOthers(client, present, { ownAccount, ...call })
      return left.every((name) => others.has(name)) ? found(undefined) : notFound()
    },
  }
}

/**
 * Moves a ticket to a status by the status's name, in any case. Not done again where the ticket is already there, or
 * where somebody else changed its status after the effect was intended. Throws `ConnectorRefused` with what is possible
 * where the queue's lifecycle has no way there from the present status.
 *
 * https://docs.bestpractical.com/rt/5.0.3/customizing/lifecycles.html
 */
export function transition(
  client: RtClient,
  ownAccount: OwnAccount,
): Effect<{ ticket: TicketRef; to: string; fields?: Record<string, unknown> }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    about: ({ ticket }) => ticket,

    async make({ ticket, to, fields = {} }, { signal }) {
      if (to.trim() === '')
        throw new ConnectorInputInvalid('Request Tracker: the status to move the ticket to is empty')
      const present = await client.presentTicket(ticket, { signal })
      const read = readFields(fields, namesOf(present))
      if (isSameName(present.Status, to)) return
      // Statuses are in lower case, and a lifecycle that spells one otherwise is asked by its own spelling.
      const possible = present._hyperlinks.flatMap(({ ref, to: next }) => (ref === 'lifecycle' && next ? [next] : []))
      const status = possible.find((each) => isSameName(each, to)) ?? to.trim().toLowerCase()
      const { now, says } = await change(client, ticket, { body: { ...fieldsBody(read), Status: status }, signal })
      if (!isSameName(now.Status, to)) {
        const ways = possible.map((each) => `"${each}"`).join(', ')
        const what = `can't move from "${present.Status}" to ${JSON.stringify(oneLine(to, 100))}; possible: ${ways || 'nothing'}`
        throw refused(ticket, what, says)
      }
      const left = differing(now, read)
      if (left.length > 0) throw refused(ticket, `moved to "${now.Status}", but did not take ${left.join(', ')}`, says)
    },

    async find({ ticket, to }, call) {
      const present = await client.presentTicket(ticket, call)
      if (isSameName(present.Status, to)) return found(undefined)
      const others = await changedByOthers(client, present, { ownAccount, ...call })
      return others.has('Status') ? found(undefined) : notFound()
    },
  }
}

/**
 * Adds a link to a web page, as one that the ticket refers to. RT keeps its address only, so the title is left out.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html#Ticket-Examples
 */
export function addLink(client: RtClient): Effect<{ ticket: TicketRef; url: string; title: string }, void> {
  return {
    once: 'by state',
    finding: 'cheap',
    about: ({ ticket }) => ticket,

    async make({ ticket, url }, { signal }) {
      const href = checkAddress(url)
      const present = await client.presentTicket(ticket, { signal })
      const { now, says } = await change(client, ticket, { body: { AddRefersTo: href }, signal })
      // An address of one of RT's own tickets becomes a link to that ticket.
      if (!refersTo(now, href) && linksOf(now).length === linksOf(present).length)
        throw refused(ticket, `did not take the link ${href}`, says)
    },

    async find({ ticket, url }, call) {
      return refersTo(await client.presentTicket(ticket, call), checkAddress(url)) ? found(undefined) : notFound()
    },
  }
}

function checkAddress(url: string): string {
  const href = webAddress(url)
  if (href === undefined) throw new ConnectorInputInvalid('Request Tracker: a link needs an http or https address')
  return href
}

function linksOf({ _hyperlinks }: RtTicket): (string | undefined)[] {
  return _hyperlinks.filter(({ ref }) => ref === 'refers-to').map(({ _url }) => _url)
}

function refersTo(ticket: RtTicket, href: string): boolean {
  return linksOf(ticket).includes(href)
}

function namesOf({ CustomFields }: RtTicket): string[] {
  return CustomFields.map(({ name }) => name)
}

/**
 * Changes a ticket, and says how it is then. RT answers 200 whatever it refused, with sentences in the language of the
 * account, so only the ticket itself tells what was done.
 */
async function change(
  client: RtClient,
  ticket: TicketRef,
  { body, signal }: { body: Record<string, unknown> } & CallOptions,
): Promise<{ now: RtTicket; says: string[] }> {
  const { json } = await client.send({ method: 'PUT', path: path`/ticket/${ticketId(ticket)}`, body, signal })
  const says = parseAnswer(Messages, json, 'Request Tracker: change of a ticket')
  return { now: await afterWrite(() => client.presentTicket(ticket, { signal })), says }
}

function refused({ id }: TicketRef, what: string, says: readonly string[]): ConnectorRefused {
  const said = says.length === 0 ? '' : ` (${says.join('; ').slice(0, 300)})`
  return new ConnectorRefused(`Request Tracker: ticket ${id} ${what}${said}`, { status: 0 })
}

/**
 * The names of the fields that somebody else than Adder changed after the effect was intended.
 *
 * RT keeps times to the second, so a change in the second of the intention counts as an earlier one.
 */
async function changedByOthers(
  client: RtClient,
  { id, CustomFields }: RtTicket,
  { ownAccount, intendedAt, signal }: EffectCall & { ownAccount: OwnAccount },
): Promise<Set<string>> {
  const since = Date.parse(intendedAt)
  const { id: account } = await ownAccount(signal)
  const changed = new Set<string>()
  for (let page = 1; ; page += 1) {
    const fields = 'Type,Field,Creator,Created'
    const query = { fields, orderby: 'id', order: 'DESC', per_page: pageSize, page }
    const { json } = await client.send({ path: path`/ticket/${id}/history`, query, signal })
    const { items } = parseAnswer(Transactions, json, 'Request Tracker: history')
    for (const { Field, Creator, Created } of items) {
      if (!Field || Date.parse(Created) <= since || Creator.id === account || Creator.id === system) continue
      // A change of a custom field names it by its number.
      changed.add(CustomFields.find((field) => field.id === Field)?.name ?? Field)
    }
    if (items.length === 0 || items.some(({ Created }) => Date.parse(Created) <= since)) return changed
  }
}
