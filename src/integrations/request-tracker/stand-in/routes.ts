import * as z from 'zod'
import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import type { Site, StandInField, StandInTicket, StandInTransaction, StandInUser } from './site.ts'

export interface RouteOptions {
  site: Site
  queue: string
  users: readonly StandInUser[]
  base(): string
  /** The clock, in milliseconds. */
  now(): number
}

/** An answer that ends the handling of a request. */
class Refusal extends Error {
  readonly answer: StandInAnswer

  constructor(status: number, message: string) {
    super(message)
    this.answer = failure(status, message)
  }
}

export function failure(status: number, message: string): StandInAnswer {
  return { status, json: { message } }
}

const Values = z.union([z.string(), z.array(z.string())])
const fieldsOfTicket = {
  Subject: z.string().optional(),
  Owner: z.string().optional(),
  Priority: z.number().int().optional(),
  FinalPriority: z.number().int().optional(),
  Starts: z.string().optional(),
  Due: z.string().optional(),
  CustomFields: z.record(z.string(), Values).optional(),
}
const ContentType = z.enum(['text/plain', 'text/html'])
const NewTicket = z.strictObject({
  ...fieldsOfTicket,
  Queue: z.string(),
  Content: z.string().optional(),
  ContentType: ContentType.optional(),
})
const Change = z.strictObject({ ...fieldsOfTicket, Status: z.string().optional(), AddRefersTo: z.string().optional() })
const Message = z.strictObject({ Content: z.string(), ContentType })
const Condition = z.strictObject({
  field: z.enum(['Creator', 'ContentType', 'TransactionId']),
  operator: z.enum(['=', 'STARTSWITH']).default('='),
  value: z.string(),
})

/**
 * The part of REST version 2 that Adder uses, as RT 5.0.3 answers it. Stricter in one way: RT takes keys that it does not
 * know and drops them, which would hide a mistake, so they are refused here.
 *
 * https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html
 */
export function routes({ site, queue, users, base, now }: RouteOptions): Record<string, StandInHandler> {
  type Handler = (request: StandInRequest, user: StandInUser) => StandInAnswer

  const guarded =
    (handler: Handler): StandInHandler =>
    (request) => {
      const user = users.find(({ token }) => request.headers.authorization === `token ${token}`)
      if (user === undefined) return failure(401, 'Unauthorized')
      try {
        return handler(request, user)
      } catch (error) {
        if (error instanceof Refusal) return error.answer
        throw error
      }
    }

  function ticketOf({ params: { id } }: StandInRequest): StandInTicket | undefined {
    return site.tickets.find((each) => String(each.id) === id)
  }

  function apply(ticket: StandInTicket, change: z.infer<typeof Change>, user: StandInUser): string[] {
    const { Subject, Owner, Status, AddRefersTo, CustomFields = {}, ...own } = change
    const says: string[] = []
    if (Subject !== undefined) says.push(site.setSubject(ticket, Subject, user))
    if (Owner !== undefined) says.push(setOwner(ticket, Owner))
    for (const [name, value] of Object.entries(own)) says.push(site.setOwn(ticket, name, String(value), user))
    if (Status !== undefined && Status.toLowerCase() !== ticket.status) says.push(site.setStatus(ticket, Status, user))
    for (const [name, values] of Object.entries(CustomFields)) {
      const field = site.fieldNamed(name)
      if (field !== undefined) says.push(site.setValues(ticket, field, [values].flat(), user))
    }
    if (AddRefersTo !== undefined) says.push(site.addLink(ticket, AddRefersTo, user))
    return says
  }

  function setOwner(ticket: StandInTicket, name: string): string {
    const owner = users.find((each) => each.name.toLowerCase() === name.toLowerCase())
    if (owner === undefined) return `Ticket ${ticket.id}: That user does not exist`
    ticket.owner = owner.name
    return `Ticket ${ticket.id}: Owner changed to ${owner.name}`
  }

  return Object.fromEntries(
    Object.entries<Handler>({
      'GET /rt': () => ({ json: { Version: '5.0.3' } }),

      'GET /user/:id': ({ params: { id } }) => {
        const user = users.find((each) => String(each.id) === id || each.name === id)
        if (user === undefined) return failure(404, 'Not Found')
        return { json: { id: user.id, Name: user.name, RealName: user.realName, Privileged: 1 } }
      },

      // A queue that there is none of is answered as one that may not be seen.
      'GET /queue/:name': ({ params: { name } }) =>
        name === queue
          ? { json: { id: 3, Name: queue, TicketCustomFields: site.fields.map((field) => fieldRef(field)) } }
          : failure(403, 'Forbidden'),

      'POST /ticket': ({ json }, creator) => {
        const {
          Queue,
          Subject = '',
          Content,
          ContentType: contentType = 'text/plain',
          ...fields
        } = check(NewTicket, json)
        if (Queue !== queue) throw new Refusal(403, `No permission to create tickets in the queue '${Queue}'`)
        const text = Content === undefined ? undefined : { content: Content, contentType }
        const ticket = site.create(Subject, { creator, text })
        for (const name of ['Priority', 'FinalPriority', 'Starts', 'Due'] as const)
          if (fields[name] !== undefined) ticket.own[name] = String(fields[name])
        if (fields.Owner !== undefined) setOwner(ticket, fields.Owner)
        for (const [name, values] of Object.entries(fields.CustomFields ?? {})) {
          const field = site.fieldNamed(name)
          if (field !== undefined) site.setValues(ticket, field, [values].flat())
        }
        const id = String(ticket.id)
        return { status: 201, json: { id, type: 'ticket', _url: `${base()}/REST/2.0/ticket/${id}` } }
      },

      'GET /ticket/:id': (request) => {
        const ticket = ticketOf(request)
        return ticket === undefined ? failure(404, 'Not Found') : { json: shown(ticket, site, base()) }
      },

      'PUT /ticket/:id': (request, user) => {
        const ticket = ticketOf(request)
        if (ticket === undefined) return failure(404, 'Resource does not exist; use POST to create')
        return { json: apply(ticket, check(Change, request.json), user) }
      },

      'POST /ticket/:id/comment': (request, creator) => {
        const { Content, ContentType: contentType } = check(Message, request.json)
        const ticket = ticketOf(request)
        if (ticket === undefined) return failure(400, 'Permission Denied')
        const { id } = site.comment(ticket, { creator, text: { content: Content, contentType } })
        return { status: 201, headers: { location: `/REST/2.0/transaction/${id}` }, json: ['Comments added'] }
      },

      'GET /ticket/:id/history': (request) => {
        checkFields(request, ['Type', 'Field', 'Creator', 'Created'])
        return listed(request, ticketOf(request)?.transactions ?? [], ({ type, field, creator, created }) => ({
          ...{ type: 'transaction', Type: type, Field: field, Creator: userRef(creator), Created: created },
        }))
      },

      'GET /ticket/:id/attachments': (request) => {
        checkFields(request, ['Content', 'ContentType', 'TransactionId', 'Created', 'Creator'])
        const conditions = check(z.array(Condition), JSON.parse(request.query.get('query') ?? '[]'))
        const texts = (ticketOf(request)?.transactions ?? []).filter(
          (each) => each.text !== undefined && conditions.every((condition) => holds(each, condition)),
        )
        return listed(request, texts, ({ id, creator, created, text }) => ({
          ...{ type: 'attachment', id: String(text?.attachmentId), TransactionId: String(id) },
          ...{ Content: text?.content, ContentType: text?.contentType, Creator: userRef(creator), Created: created },
        }))
      },

      'GET /tickets': (request) => {
        checkFields(request, ['Creator', 'Created', 'Queue'])
        const holdsFor = searchOf(request.query.get('query') ?? '', { site, queue, now })
        // RT leaves deleted tickets out of every search.
        const found = site.tickets.filter((each) => each.status !== 'deleted' && holdsFor(each))
        return listed(request, found, ({ creator, transactions: [opening] }) => ({
          ...{ type: 'ticket', Creator: userRef(creator), Created: opening?.created },
          Queue: { id: '3', type: 'queue', ...(request.query.get('fields[Queue]') === 'Name' ? { Name: queue } : {}) },
        }))
      },
    }).map(([route, handler]) => [route.replace(' ', ' /REST/2.0'), guarded(handler)]),
  )
}

function check<T>(schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new Refusal(400, parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}

/** RT answers 500 for a field that it can't tell in a list. */
function checkFields({ query }: StandInRequest, known: readonly string[]): void {
  for (const field of query.get('fields')?.split(',') ?? [])
    if (!known.includes(field)) throw new Refusal(500, 'Internal Server Error')
  const parameters = ['query', 'fields', 'fields[Queue]', 'orderby', 'order', 'per_page', 'page']
  for (const name of query.keys()) if (!parameters.includes(name)) throw new Refusal(400, `unknown parameter ${name}`)
  if ((query.get('orderby') ?? 'id') !== 'id') throw new Refusal(400, 'ordered by the id only')
}

/** A page of a list; 20 items where the request does not say, and never more than 100. */
function listed<T extends { id: number }>(
  { query }: StandInRequest,
  all: readonly T[],
  show: (item: T) => Record<string, unknown>,
): StandInAnswer {
  const size = Math.min(Number(query.get('per_page') ?? 20), 100)
  const page = Number(query.get('page') ?? 1)
  const ordered = query.get('order') === 'DESC' ? all.toReversed() : all
  const items = ordered.slice((page - 1) * size, page * size).map((item) => ({ id: String(item.id), ...show(item) }))
  return { json: { count: items.length, page, per_page: size, total: null, items } }
}

function holds(
  { id, creator, text }: StandInTransaction,
  { field, operator, value }: z.infer<typeof Condition>,
): boolean {
  const present = { Creator: String(creator.id), ContentType: text?.contentType ?? '', TransactionId: String(id) }[
    field
  ]
  return operator === '=' ? present === value : present.startsWith(value)
}

/** The three searches in TicketSQL that Adder makes; RT knows many more. */
function searchOf(
  query: string,
  { site, queue, now }: Pick<RouteOptions, 'site' | 'queue' | 'now'>,
): (ticket: StandInTicket) => boolean {
  const [, name, quoted] = /^'CF\.\{([^}]+)\}' = '((?:[^'\\]|\\.)*)'$/.exec(query) ?? []
  if (name !== undefined && quoted !== undefined) {
    const field = site.fieldNamed(name)
    const value = quoted.replaceAll(/\\(.)/g, '$1')
    // A field that there is none of is no error: nothing is found.
    return (ticket) => field !== undefined && ticket.values.get(field.id)?.includes(value) === true
  }
  const [, of, minutes] = /^\(Queue = '([^']*)'\) AND Created >= '(\d+) minutes ago'$/.exec(query) ?? []
  if (of !== undefined) {
    const oldest = now() - Number(minutes) * 60_000
    return ({ transactions: [opening] }) => of === queue && Date.parse(opening?.created ?? '') >= oldest
  }
  const id = /^id = (\d+) AND Status = '__Inactive__'$/.exec(query)?.[1]
  if (id === undefined)
    throw new Refusal(400, `Incomplete query, last element is not close paren or value in '${query}'`)
  return (ticket) => String(ticket.id) === id && site.isInactive(ticket)
}

function shown(ticket: StandInTicket, site: Site, base: string): Record<string, unknown> {
  const { id, subject, status, creator, owner, own, values, refersTo } = ticket
  const ways = site
    .waysFrom(ticket)
    .map((to) => ({ ref: 'lifecycle', from: status, to, _url: `${base}/REST/2.0/ticket/${id}` }))
  return {
    id,
    Type: 'ticket',
    Subject: subject,
    Status: status,
    Queue: { id: '3', type: 'queue' },
    Creator: userRef(creator),
    Owner: { id: owner, type: 'user' },
    ...own,
    CustomFields: site.fields.map((field) => ({
      ...fieldRef(field),
      values: shownValues(field, values.get(field.id)),
    })),
    _hyperlinks: [...ways, ...refersTo.map((_url) => ({ ref: 'refers-to', type: 'external', _url }))],
  }
}

/** One that was emptied shows null where the field is for one value. */
function shownValues({ isMultiple }: StandInField, values: readonly string[] | undefined): readonly (string | null)[] {
  return values?.length === 0 && !isMultiple ? [null] : (values ?? [])
}

function fieldRef({ id, name }: StandInField): Record<string, unknown> {
  return { id: String(id), name, type: 'customfield' }
}

function userRef({ name }: StandInUser): Record<string, unknown> {
  return { id: name, type: 'user' }
}
