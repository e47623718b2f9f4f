import type { CallOptions } from '../../connectors/effect.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { found, notFound } from '../../connectors/outcome.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { ConnectorRefused } from '../../errors/connector-errors.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { Ticketing, TicketingDefinition } from '../../tickets/ticketing.ts'
import { addComment, editComment, isOwnComment } from './comment-effects.ts'
import { addLink, setFields, transition } from './field-effects.ts'
import { fieldsOf, isSameName, valuesOf } from './fields.ts'
import { askQueue, openTicket, type QueueOptions } from './open-ticket.ts'
import { ownAccount } from './own-account.ts'
import { readOpening } from './read-opening.ts'
import { type RtClient, readSite, rtClient, ticketRef } from './rt-client.ts'
import { Count, type RtTicket } from './schema.ts'

export interface RequestTrackerTicketingOptions {
  /** The address of RT's start page: `https://rt.acme.example`. */
  url: string
  /** An authentication token of the user that Adder acts as. */
  token: Secret
  /** The queue that tickets are opened in, by name: `Security`. */
  queue: string
  /** The custom field that holds the marker of the effect that opened a ticket, by name. Default `AdderEffect`. */
  effectField?: string
  /** The custom field that holds a ticket's labels, which RT has none of, by name. Default `AdderLabels`. */
  labelsField?: string
}

/**
 * Request Tracker 5 as the holder of the tickets, through REST version 2, as the owner of an authentication token. The
 * README beside this file has the user, its rights and the two custom fields, ready to paste.
 *
 * RT can't change a comment: an edit is another comment that links to the first. It has no types of tickets: every one is
 * a `ticket`. Its own word for a closed one is that its status is inactive.
 *
 * Throws `ConfigError` for an address that is not `https` (plain `http` only on this machine), a queue without a name, or
 * a name of a field that can't stand in a search.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html (read November 2026, and tried with RT 5.0.3)
 */
export function ticketing(options: RequestTrackerTicketingOptions): TicketingDefinition {
  expectOptions('requestTracker.ticketing', options, {
    url: 'string',
    token: 'any',
    queue: 'string',
    effectField: 'string?',
    labelsField: 'string?',
  })
  const { url, token, queue, effectField = 'AdderEffect', labelsField = 'AdderLabels' } = options
  const place = { queue, effectField, labelsField }
  const site = checkOptions({ url, ...place })
  return {
    integration: 'request-tracker',
    docs: 'https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html',
    title: 'Request Tracker',
    secrets: [token],
    connect: () => connect(rtClient({ site, token }), place),
  }
}

function connect(client: RtClient, options: QueueOptions): Ticketing {
  const { queue, effectField, labelsField } = options
  const askOwnAccount = ownAccount(client)

  return {
    site: client.site.host,
    project: queue,
    type: 'ticket',

    lookups: {
      async read(ticket, call) {
        const present = await client.findTicket(ticket, call)
        if (present === undefined) return notFound()
        const { id, Subject, Status } = present
        const [opening, isClosed] = await Promise.all([readOpening(client, id, call), isInactive(client, id, call)])
        const labels = valuesOf(present, labelsField)
        const text = { summary: Subject ?? '', description: opening?.text ?? '', labels, status: Status, isClosed }
        return found({ ...ticketRef(client.site, id), ...text, fields: fieldsOf(present) })
      },

      async isOwnComment(comment, call) {
        return found(await isOwnComment(client, comment, call))
      },

      async isMadeBy({ ticket, marker }, call) {
        const present = await client.findTicket(ticket, call)
        if (present === undefined || !valuesOf(present, effectField).includes(marker)) return found(false)
        // RT's cloning copies custom fields, and the clone is by whoever made it.
        return found(present.Creator.id === (await askOwnAccount(call.signal)).id)
      },

      async ownAccount(_, { signal }) {
        return found(await askOwnAccount(signal))
      },
    },

    effects: {
      open: openTicket(client, { ...options, ownAccount: askOwnAccount }),
      comment: addComment(client),
      editComment: editComment(client),
      setFields: setFields(client, askOwnAccount),
      transition: transition(client, askOwnAccount),
      link: addLink(client),
    },

    async probe(call) {
      const names = await askQueue(client, queue, call)
      const missing = [effectField, labelsField].filter((field) => !names.some((name) => isSameName(name, field)))
      if (missing.length > 0)
        throw new ConnectorRefused(
          `Request Tracker: the queue ${JSON.stringify(queue)} has no custom field ${missing.join(' and none ')}, or Adder's account may not see it; without it tickets could be opened twice`,
          { status: 0 },
        )
      await ownAccount(client)(call.signal)
    },

    async close() {
      // Connections are the process's own and end when they are idle.
    },
  }
}

/** Whether its work is done. Each queue can have statuses of its own, so RT is asked which kind this one is of. */
async function isInactive(client: RtClient, id: RtTicket['id'], { signal }: CallOptions): Promise<boolean> {
  const query = { query: `id = ${id} AND Status = '__Inactive__'` }
  const { json } = await client.send({ path: '/tickets', query, signal })
  return parseAnswer(Count, json, 'Request Tracker: tickets').count > 0
}

function checkOptions({ url, queue, effectField, labelsField }: { url: string } & QueueOptions): URL {
  const faults: ConfigFault[] = []
  const site = readSite(url)
  if (site === undefined)
    faults.push({ at: 'ticketing.url', problem: 'write the address of RT as https://rt.acme.example' })
  if (queue.trim() === '') faults.push({ at: 'ticketing.queue', problem: 'name the queue, such as Security' })
  for (const [option, name] of Object.entries({ effectField, labelsField }))
    if (!/^[\p{L}\p{N}][\p{L}\p{N} _.-]*$/u.test(name))
      faults.push({
        at: `ticketing.${option}`,
        problem: 'name a custom field, such as AdderEffect, without punctuation',
      })
  if (site === undefined || faults.length > 0) throw new ConfigError(faults)
  return site
}
