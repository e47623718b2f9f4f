import * as z from 'zod'
import type { StandInAnswer, StandInRequest } from '../../../stand-ins/http-stand-in.ts'
import { Refusal } from './answers.ts'
import type { Site, StandInTicket, StandInTransaction } from './site.ts'

/** A condition of a JSON search, of those that Adder makes. */
export const Condition = z.strictObject({
  field: z.enum(['Creator', 'ContentType', 'TransactionId']),
  operator: z.enum(['=', 'STARTSWITH']).default('='),
  value: z.string(),
})

/** RT answers 500 for a field that it can't tell in a list. */
export function checkFields({ query }: StandInRequest, known: readonly string[]): void {
  for (const field of query.get('fields')?.split(',') ?? [])
    if (!known.includes(field)) throw new Refusal(500, 'Internal Server Error')
  const parameters = ['query', 'fields', 'fields[Queue]', 'orderby', 'order', 'per_page', 'page']
  for (const name of query.keys()) if (!parameters.includes(name)) throw new Refusal(400, `unknown parameter ${name}`)
  if ((query.get('orderby') ?? 'id') !== 'id') throw new Refusal(400, 'ordered by the id only')
}

/** A page of a list; 20 items where the request does not say, and never more than 100. */
export function listed<T extends { id: number }>(
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

/** Whether the text of a transaction is as a condition says. */
export function holds(
  { id, creator, text }: StandInTransaction,
  { field, operator, value }: z.infer<typeof Condition>,
): boolean {
  const present = { Creator: String(creator.id), ContentType: text?.contentType ?? '', TransactionId: String(id) }[
    field
  ]
  return operator === '=' ? present === value : present.startsWith(value)
}

/** The three searches in TicketSQL that Adder makes; RT knows many more. */
export function searchOf(
  query: string,
  { site, queue, now }: { site: Site; queue: string; now(): number },
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
