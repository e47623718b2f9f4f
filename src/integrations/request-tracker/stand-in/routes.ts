import * as z from 'zod'
import type { StandInAnswer, StandInHandler, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import { check, failure, Refusal } from './answers.ts'
import { Condition, checkFields, holds, listed, searchOf } from './lists.ts'
import { fieldRef, shown, userRef } from './representations.ts'
import type { Site, StandInTicket, StandInUser } from './site.ts'

export interface RouteOptions {
  site: Site
  queue: string
  users: readonly StandInUser[]
  base(): string
  /** The clock, in milliseconds. */
  now(): number
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
