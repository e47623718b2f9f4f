import type { Site, StandInField, StandInTicket, StandInUser } from './site.ts'

/** A ticket as a request for it shows it. */
export function shown(ticket: StandInTicket, site: Site, base: string): Record<string, unknown> {
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

/** A custom field, as others refer to it. */
export function fieldRef({ id, name }: StandInField): Record<string, unknown> {
  return { id: String(id), name, type: 'customfield' }
}

/** A user, as others refer to one. */
export function userRef({ name }: StandInUser): Record<string, unknown> {
  return { id: name, type: 'user' }
}
