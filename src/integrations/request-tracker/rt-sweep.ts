import { answeredAt } from '../../connectors/answered-at.ts'
import { type Duration, durationMs } from '../../connectors/duration.ts'
import { parseAnswer } from '../../connectors/http-client.ts'
import { ConfigError, type ConfigFault } from '../../errors/config-error.ts'
import { expectOptions } from '../../errors/expect-options.ts'
import type { Listed, NextCall, SweepDefinition } from '../../intake/sweep.ts'
import { ListedIsGone } from '../../intake/sweep-errors.ts'
import type { Secret } from '../../secrets/secret.ts'
import { valuesOf } from './fields.ts'
import { readOpening } from './read-opening.ts'
import { type RtClient, rtClient, ticketRef } from './rt-client.ts'
import { type ScripDelivery, SweptTickets } from './schema.ts'

export interface RequestTrackerSweepOptions {
  /** An authentication token of a user that may see the tickets; the ticketing's will do. */
  token: Secret
  /** Which tickets, in TicketSQL: what the scrip is for, such as `Queue = 'Security'`. */
  query: string
  /** As the ticketing has them. Default `AdderEffect` and `AdderLabels`. */
  effectField?: string
  labelsField?: string
  /** The rest between two sweeps, at least a second. Default `5m`. */
  every?: Duration
}

const ticketsAtOnce = 100
const minuteMs = 60_000

/**
 * Asks Request Tracker for the tickets that were created. They are told as they are now, and people by their names alone.
 *
 * https://docs.bestpractical.com/rt/5.0.3/query_builder.html
 *
 * @throws ConfigError where the query is empty or the rest is too short.
 */
export function requestTrackerSweep(options: RequestTrackerSweepOptions, site: URL): SweepDefinition<ScripDelivery> {
  expectOptions('requestTracker.source.sweep', options, {
    token: 'any',
    query: 'string',
    effectField: 'string?',
    labelsField: 'string?',
    every: 'any?',
  })
  const { token, query, effectField = 'AdderEffect', labelsField = 'AdderLabels', every = '5m' } = options
  const everyMs = durationMs(every)
  checkOptions({ query, everyMs })
  return {
    secrets: [token],
    everyMs,
    connect() {
      const client = rtClient({ site, token })
      // Before now, because RT reads a date in the zone of the account.
      const createdWithin = (minutes: number, call: NextCall) =>
        search(client, { query: `(${query}) AND Created >= '${minutes} minutes ago'`, call })
      return {
        now: (call) => timeAt(client, call),
        async list(since, call) {
          const ms = (await timeAt(client, call)).getTime() - since.getTime()
          // Whole minutes, and one more than enough.
          const tickets = await createdWithin(Math.max(0, Math.ceil(ms / minuteMs)) + 1, call)
          return tickets.map((ticket) => listedTicket(ticket, { client, effectField, labelsField }))
        },
        async probe(call) {
          await createdWithin(1, call)
          return []
        },
      }
    },
  }
}

async function timeAt(client: RtClient, call: NextCall): Promise<Date> {
  return answeredAt(await client.send({ path: '/rt', ...call() }))
}

type SweptTicket = { id: string; Created: string; Queue: { Name: string } }

async function search(client: RtClient, { query, call }: { query: string; call: NextCall }): Promise<SweptTicket[]> {
  const found: SweptTicket[] = []
  for (let page = 1; ; page += 1) {
    const asked = {
      ...{ query, fields: 'Created,Queue', 'fields[Queue]': 'Name' },
      ...{ orderby: 'id', per_page: ticketsAtOnce, page },
    }
    const { json } = await client.send({ path: '/tickets', query: asked, ...call() })
    const { items } = parseAnswer(SweptTickets, json, 'Request Tracker: tickets')
    if (items.length === 0) return found
    found.push(...items)
  }
}

function listedTicket(
  { id, Created, Queue }: SweptTicket,
  { client, effectField, labelsField }: { client: RtClient; effectField: string; labelsField: string },
): Listed<ScripDelivery> {
  return {
    id,
    at: new Date(Created),
    async *read(call) {
      const present = await client.findTicket(ticketRef(client.site, id), call())
      const opening = await readOpening(client, id, call())
      if (present === undefined || opening === undefined)
        throw new ListedIsGone(`Request Tracker: ticket ${id} is gone`, { known: { id, created: Created } })
      const creator = { name: present.Creator.id }
      const description = { type: 'text/plain', content: opening.text }
      const ticket = {
        ...{ id, subject: present.Subject ?? '', description, queue: Queue.Name, status: present.Status },
        ...{ creator, created: Created, labels: [...valuesOf(present, labelsField)] },
        effect: valuesOf(present, effectField)[0],
      }
      yield [{ ticket, transaction: { id: opening.id, type: 'Create', closes: false, created: Created, creator } }]
    },
  }
}

function checkOptions({ query, everyMs }: { query: string; everyMs: number }): void {
  const faults: ConfigFault[] = []
  if (query.trim() === '')
    faults.push({ at: 'sources.request-tracker.sweep.query', problem: "write which tickets, as Queue = 'Security'" })
  if (everyMs < 1000) faults.push({ at: 'sources.request-tracker.sweep.every', problem: 'must be at least 1s' })
  if (faults.length > 0) throw new ConfigError(faults)
}
