/** A user of the stand-in, by number and name; RT's answers refer to users by name. */
export interface StandInUser {
  id: number
  name: string
  realName: string
  /** The authentication token, which is worth nothing elsewhere. */
  token: string
  /** Whether the user may delete tickets. */
  mayDelete: boolean
}

export interface StandInField {
  id: number
  name: string
  isMultiple: boolean
  /** The only values that it takes; undefined where it takes any text. */
  choices?: readonly string[]
}

export interface StandInTransaction {
  id: number
  type: string
  field: string
  creator: StandInUser
  /** To the second. */
  created: string
  text?: { attachmentId: number; content: string; contentType: string }
}

export interface StandInTicket {
  id: number
  subject: string
  status: string
  creator: StandInUser
  owner: string
  /** `Priority`, `FinalPriority`, `Starts` and `Due`, as RT tells them. */
  own: Record<string, string>
  /** Values of custom fields, by the field's number. */
  values: Map<number, readonly string[]>
  refersTo: string[]
  transactions: StandInTransaction[]
}

export type Text = { content: string; contentType: string }

/** RT's default lifecycle: from each status to each other one. */
const statuses = ['new', 'open', 'stalled', 'resolved', 'rejected', 'deleted']
const inactive = ['resolved', 'rejected', 'deleted']

export const zeroTime = '1970-01-01T00:00:00Z'

export type Site = ReturnType<typeof rtSite>

/** The state of one RT with one queue. Its changes give RT's own sentences, refusals among them. */
export function rtSite({ now, fields }: { now: () => number; fields: readonly StandInField[] }) {
  const tickets: StandInTicket[] = []
  let lastTransaction = 40
  let lastAttachment = 0

  function note(
    ticket: StandInTicket,
    {
      type,
      field = '',
      creator,
      text,
    }: { type: string; field?: string; creator: StandInUser; text?: Text | undefined },
  ): StandInTransaction {
    lastTransaction += 1
    const created = `${new Date(now()).toISOString().slice(0, 19)}Z`
    const transaction: StandInTransaction = { id: lastTransaction, type, field, creator, created }
    if (text !== undefined) {
      lastAttachment += 1
      transaction.text = { attachmentId: lastAttachment, ...text }
    }
    ticket.transactions.push(transaction)
    return transaction
  }

  return {
    tickets,
    fields,
    fieldNamed: (name: string) => fields.find((each) => each.name.toLowerCase() === name.toLowerCase()),
    isInactive: ({ status }: StandInTicket) => inactive.includes(status),
    waysFrom: ({ status }: StandInTicket) => statuses.filter((each) => each !== status && each !== 'deleted'),

    create(subject: string, { creator, text }: { creator: StandInUser; text?: Text | undefined }): StandInTicket {
      const own = { Priority: '0', FinalPriority: '0', Starts: zeroTime, Due: zeroTime }
      const ticket: StandInTicket = {
        ...{ id: tickets.length + 1, subject: cutSubject(subject), status: 'new', creator, owner: 'Nobody', own },
        ...{ values: new Map(), refersTo: [], transactions: [] },
      }
      tickets.push(ticket)
      note(ticket, { type: 'Create', creator, text })
      return ticket
    },

    comment: (ticket: StandInTicket, { creator, text }: { creator: StandInUser; text: Text }) =>
      note(ticket, { type: 'Comment', creator, text }),

    setSubject(ticket: StandInTicket, subject: string, creator: StandInUser): string {
      ticket.subject = cutSubject(subject)
      note(ticket, { type: 'Set', field: 'Subject', creator })
      return `Ticket ${ticket.id}: Subject changed to '${ticket.subject}'`
    },

    setOwn(ticket: StandInTicket, name: string, value: string, creator: StandInUser): string {
      ticket.own[name] = value
      note(ticket, { type: 'Set', field: name, creator })
      return `Ticket ${ticket.id}: ${name} changed to '${value}'`
    },

    setStatus(ticket: StandInTicket, status: string, creator: StandInUser): string {
      const wanted = status.toLowerCase()
      if (!statuses.includes(wanted))
        return `Ticket ${ticket.id}: Status '${status}' isn't a valid status for this ticket.`
      if (wanted === 'deleted' && !creator.mayDelete) return `Ticket ${ticket.id}: Permission Denied`
      const before = ticket.status
      ticket.status = wanted
      note(ticket, { type: 'Status', field: 'Status', creator })
      return `Ticket ${ticket.id}: Status changed from '${before}' to '${wanted}'`
    },

    /** A value that the field does not take is left out; on creating a ticket nobody is told. */
    setValues(ticket: StandInTicket, field: StandInField, given: readonly string[], creator?: StandInUser): string {
      const values = (field.isMultiple ? given : given.slice(0, 1)).filter((each) => each !== '')
      if (field.choices !== undefined && !values.every((each) => field.choices?.includes(each)))
        return 'Invalid value for custom field'
      ticket.values.set(field.id, values)
      if (creator !== undefined) note(ticket, { type: 'CustomField', field: String(field.id), creator })
      return `${field.name} ${values.join(', ')} added`
    },

    addLink(ticket: StandInTicket, address: string, creator: StandInUser): string {
      if (!/^https?:/.test(address)) return `Couldn't resolve '${address}' into a link.`
      if (ticket.refersTo.includes(address)) return 'Link already exists'
      ticket.refersTo.push(address)
      note(ticket, { type: 'AddLink', field: 'RefersTo', creator })
      return `Ticket ${ticket.id} refers to URI ${address}.`
    },
  }
}

/** Without line breaks, and cut to 200 bytes without a word. */
function cutSubject(subject: string): string {
  let kept = ''
  for (const character of subject.replaceAll(/[\r\n]/g, '')) {
    if (Buffer.byteLength(kept + character) > 200) break
    kept += character
  }
  return kept
}
