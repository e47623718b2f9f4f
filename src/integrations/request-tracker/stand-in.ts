import { type HttpStandIn, httpStandIn } from '../../stand-ins/http-stand-in.ts'
import { failure } from './stand-in/answers.ts'
import { routes } from './stand-in/routes.ts'
import { rtSite, type StandInField, type StandInTicket, type StandInUser } from './stand-in/site.ts'

export interface RequestTrackerStandInOptions {
  /** The custom fields of the queue besides `AdderEffect` and `AdderLabels`, by name; each takes one text. */
  fields?: readonly string[]
  /** Custom fields that take only some texts. */
  choices?: Record<string, readonly string[]>
  /** The clock, in milliseconds. */
  now?: () => number
}

export interface RequestTrackerStandIn extends HttpStandIn {
  /** Authentication tokens, which are worth nothing elsewhere: of Adder's user, and of a person. */
  tokens: { adder: string; person: string }
  /** All tickets, oldest first. */
  tickets(): readonly StandInTicket[]
  /** A ticket's values of a custom field. */
  values(ticket: StandInTicket, field: string): readonly string[]
}

const adder: StandInUser = {
  ...{ id: 27, name: 'adder', realName: 'Adder', mayDelete: false },
  token: '1-27-00000000000000000000000000add0e5',
}
const person: StandInUser = {
  ...{ id: 29, name: 'robin', realName: 'Robin Vega', mayDelete: true },
  token: '1-29-0000000000000000000000000000b0b1',
}

/** Those that the integration's README has people make. */
const fieldsOfReadme: readonly StandInField[] = [
  { id: 2, name: 'AdderEffect', isMultiple: false },
  { id: 3, name: 'AdderLabels', isMultiple: true },
]

/**
 * A stateful Request Tracker 5 on 127.0.0.1 with one queue, `Security`: the part of REST version 2 that Adder uses. It and
 * a real RT 5.0.3 pass the same tests.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html (read in November 2026)
 */
export async function startRequestTracker({
  fields = [],
  choices = {},
  now = Date.now,
}: RequestTrackerStandInOptions = {}): Promise<RequestTrackerStandIn> {
  const further = [
    ...fields.map((name) => ({ name })),
    ...Object.entries(choices).map(([name, texts]) => ({ name, choices: texts })),
  ]
  const numbered = further.map((field, index) => ({ ...field, id: 10 + index, isMultiple: false }))
  const site = rtSite({ now, fields: [...fieldsOfReadme, ...numbered] })
  const http = await httpStandIn({
    routes: routes({ site, queue: 'Security', users: [adder, person], base: () => http.url, now }),
    failure,
  })
  return {
    ...http,
    tokens: { adder: adder.token, person: person.token },
    tickets: () => site.tickets,
    values(ticket, name) {
      const field = site.fieldNamed(name)
      return field === undefined ? [] : (ticket.values.get(field.id) ?? [])
    },
  }
}
