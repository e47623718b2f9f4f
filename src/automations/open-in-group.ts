import { found } from '../connectors/outcome.ts'
import type { GroupWork } from '../engine/group-service.ts'
import type { Steps } from '../engine/steps.ts'
import { type Block, heading, jsonBlock } from '../tickets/document.ts'
import type { MadeTicket, NewTicket, TicketRef } from '../tickets/ticketing.ts'
import { insisting } from './insisting.ts'
import type { NamedTicketing, OpenedTicket, OpenTicket } from './tickets.ts'

/** A ticket takes so many alerts; the next one opens another. Jira holds 5,000 comments for an issue. */
const maxAlerts = 1000

interface GroupedTicket {
  /** What the alerts of one ticket have in common. */
  key: string
  discriminator: string
  input: NewTicket
  alert: unknown
}

/**
 * What a group is known by. Alerts that lack the value that they would be grouped by have nothing in common: undefined.
 * A list of one is that one, because senders differ in that.
 */
export function groupKey(group: OpenTicket['group']): string | undefined {
  const texts = [group ?? []].flat().filter((text) => String(text).trim() !== '')
  return texts.length > 1 ? JSON.stringify(texts) : texts[0]
}

/** Opens the ticket of a group, or adds the alert to it as a numbered comment. */
export async function openInGroup(
  { key, discriminator, input, alert }: GroupedTicket,
  { ticketing: { name, port }, steps }: { ticketing: NamedTicketing; steps: Steps },
): Promise<MadeTicket & OpenedTicket> {
  const effect = `${name}.open`
  const once = port.effects.open.once
  const { made: ticket, number } = await steps.inGroup<MadeTicket>({ key, effect, once, discriminator, input })
  if (number > 1) {
    const body = [heading(`Alert ${number} of this ticket: ${input.summary}`), ...aboutAlert(input, alert)]
    await steps.effect(`${name}.comment`, port.effects.comment, { ticket, body }, `alert of ticket ${discriminator}`)
  }
  return { ...ticket, alertNumber: number }
}

function aboutAlert({ description = [] }: NewTicket, alert: unknown): readonly Block[] {
  if (description.length > 0 || alert === undefined) return description
  return [jsonBlock(alert)]
}

/**
 * A run's part in a group: joins the group's ticket while that is open, and opens another where it is closed, gone, or
 * full; who only asks opens none. Until the ticketing system has told, nobody can say, so it is asked until it does.
 */
export function openOrJoin({ name, port }: NamedTicketing): GroupWork {
  return async ({ steps, input, discriminator, present }) => {
    const isFull = input !== undefined && present !== undefined && present.parts >= maxAlerts
    if (present !== undefined && !isFull) {
      const ticket = present.made as TicketRef // which the effect below made
      const read = await steps.step(`${name}.read`, insisting(stateOf, ticket))
      if (read.kind === 'found' && !read.value.isClosed) return { made: read.value.ticket, isJoined: true }
    }
    if (input === undefined) return undefined
    const opening = input as NewTicket // of `openInGroup`
    return { made: await steps.effect(`${name}.open`, port.effects.open, opening, discriminator), isJoined: false }
  }

  /** Without the ticket's fields, of which nothing is to be recorded. */
  async function stateOf(ticket: TicketRef, call: Parameters<typeof port.lookups.read>[1]) {
    const read = await port.lookups.read(ticket, call)
    if (read.kind !== 'found') return read
    const { id, key, url, isClosed } = read.value
    return found({ ticket: { id, key, url }, isClosed })
  }
}
