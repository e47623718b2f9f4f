import assert from 'node:assert/strict'
import * as z from 'zod'
import { htmlText } from '../../src/integrations/request-tracker/html-text.ts'
import { ticketing } from '../../src/integrations/request-tracker/ticketing.ts'
import { secret } from '../../src/secrets/secret.ts'
import type { Ticketing, TicketRef } from '../../src/tickets/ticketing.ts'
import type { TicketingUnderTest } from './ticketing-contract.ts'

/** A Request Tracker, real or not, with a queue `Security` whose tickets have a custom field `Alert source`. */
export interface RunningRequestTracker {
  url: string
  /** Authentication tokens of the user that Adder acts as, and of a person. */
  tokens: { adder: string; person: string }
  loseAnswers(isLosing: boolean): void
  close(): Promise<void>
}

const wrongSecret = '1-1-0123456789abcdef0123456789abcdef'

export function connectRt(url: string, token: string): Ticketing {
  process.env.ADDER_TEST_RT_TOKEN = token
  return ticketing({ url, token: secret('ADDER_TEST_RT_TOKEN'), queue: 'Security' }).connect()
}

/** The same for both: all that a person does goes through RT's own interface. */
export function requestTrackerUnderTest({
  url,
  tokens,
  loseAnswers,
  close,
}: RunningRequestTracker): TicketingUnderTest {
  process.env.ADDER_TEST_WRONG_RT_TOKEN = wrongSecret
  const person = rtPerson({ url, token: tokens.person })
  const ref = (id: string): TicketRef => ({ id, key: `#${id}`, url: `${url}/Ticket/Display.html?id=${id}` })
  return {
    port: connectRt(url, tokens.adder),
    stranger: ticketing({ url, token: secret('ADDER_TEST_WRONG_RT_TOKEN'), queue: 'Security' }).connect(),
    wrongSecret,
    statuses: ['new', 'open', 'resolved'],
    field: 'Alert source',
    editsComments: false,
    person: {
      async create({ summary, description, labels }) {
        const fields = { Content: description, ContentType: 'text/plain', CustomFields: { AdderLabels: labels } }
        return ref(await person.create({ Subject: summary, ...fields }))
      },
      async copy({ id }) {
        const { Subject, CustomFields } = await person.ticket(id)
        const copied = Object.fromEntries(CustomFields.map(({ name, values }) => [name, values]))
        return ref(await person.create({ Subject, CustomFields: copied }))
      },
      comment: async ({ id }, text) => ({ id: await person.comment(id, text) }),
      setField: ({ id }, value) => person.change(id, { CustomFields: { 'Alert source': value } }),
      move: ({ id }, status) => person.change(id, { Status: status }),
      remove: ({ id }) => person.change(id, { Status: 'deleted' }),
    },
    comments: ({ id }) => person.comments(id),
    async links({ id }) {
      const { _hyperlinks } = await person.ticket(id)
      return _hyperlinks.flatMap(({ ref, _url }) => (ref === 'refers-to' && _url !== undefined ? [_url] : []))
    },
    loseAnswers,
    close,
  }
}

const Created = z.object({ id: z.coerce.string() })
const Shown = z.object({
  Subject: z.string(),
  CustomFields: z.array(z.object({ name: z.string(), values: z.array(z.string().nullable()) })),
  _hyperlinks: z.array(z.object({ ref: z.string(), _url: z.string().optional() })),
})
const Listed = z.object({ items: z.array(z.object({ id: z.string(), Type: z.string() })) })
const Texts = z.object({ items: z.array(z.object({ Content: z.string(), ContentType: z.string() })) })

/** Somebody who uses this RT through its interface. */
export function rtPerson({ url, token }: { url: string; token: string }) {
  async function send(path: string, { method, body }: { method?: string; body?: unknown } = {}): Promise<Response> {
    const response = await fetch(`${url}/REST/2.0${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return response
  }

  return {
    async create(fields: Record<string, unknown>): Promise<string> {
      return Created.parse(await (await send('/ticket', { body: { Queue: 'Security', ...fields } })).json()).id
    },
    ticket: async (id: string) => Shown.parse(await (await send(`/ticket/${id}`)).json()),
    async change(id: string, fields: Record<string, unknown>): Promise<void> {
      await (await send(`/ticket/${id}`, { method: 'PUT', body: fields })).body?.cancel()
    },
    async comment(id: string, text: string, ContentType = 'text/plain'): Promise<string> {
      const response = await send(`/ticket/${id}/comment`, { body: { Content: text, ContentType } })
      await response.body?.cancel()
      return response.headers.get('location')?.split('/').at(-1) ?? ''
    },
    async comments(id: string): Promise<string[]> {
      const query = 'fields=Type,Creator,Created&orderby=id&per_page=100'
      const { items } = Listed.parse(await (await send(`/ticket/${id}/history?${query}`)).json())
      const texts: string[] = []
      for (const { id: transaction, Type } of items) {
        if (Type !== 'Comment') continue
        const asked = new URLSearchParams({
          query: JSON.stringify([{ field: 'TransactionId', value: transaction }]),
          fields: 'Content,ContentType,TransactionId,Created',
        })
        const found = Texts.parse(await (await send(`/ticket/${id}/attachments?${asked}`)).json()).items
        texts.push(
          ...found.map(({ Content, ContentType }) => (ContentType === 'text/html' ? htmlText(Content) : Content)),
        )
      }
      return texts
    },
  }
}
