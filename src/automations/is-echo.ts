import type { Steps } from '../engine/steps.ts'
import type { AdderEvent } from './event.ts'
import { insisting } from './insisting.ts'
import { type TicketCommented, type TicketUpdated, ticketEventKinds } from './ticket-events.ts'
import type { NamedTicketing } from './tickets.ts'

/**
 * Whether an event tells of something that Adder itself did, and so starts nothing: a comment that holds our marker,
 * an update by our account (an update has no place for a marker). Creations and closings are never echoes.
 *
 * Waits, for a person in the end, until the ticketing system has told: an echo that passes for a person's word would
 * start what wrote it, over and over.
 */
export async function isEcho(
  event: AdderEvent,
  { ticketing: { name, port }, steps }: { ticketing: NamedTicketing; steps: Steps },
): Promise<boolean> {
  if (event.kind === ticketEventKinds.commented) {
    const { ticket, comment } = event.data as TicketCommented // the data of this kind
    const asked = { ticket, commentId: comment.id }
    const own = await steps.step(`${name}.isOwnComment`, insisting(port.lookups.isOwnComment, asked))
    return own.kind === 'found' && own.value
  }
  if (event.kind === ticketEventKinds.updated) {
    const { actor } = event.data as TicketUpdated // the data of this kind
    if (actor === undefined) return false
    const account = await steps.step(`${name}.ownAccount`, insisting(port.lookups.ownAccount, undefined))
    return account.kind === 'found' && account.value.id === actor.id
  }
  return false
}
