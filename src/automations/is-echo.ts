import type { Steps } from '../engine/steps.ts'
import type { AdderEvent } from './event.ts'
import { type TicketCommented, type TicketUpdated, ticketEventKinds } from './ticket-events.ts'
import type { NamedTicketing } from './tickets.ts'

/**
 * Whether an event tells of something that Adder itself did, and so starts nothing: a comment that holds our marker,
 * an update by our account (an update has no place for a marker). Creations and closings are never echoes.
 */
export async function isEcho(
  event: AdderEvent,
  { ticketing: { name, port }, steps }: { ticketing: NamedTicketing; steps: Steps },
): Promise<boolean> {
  if (event.kind === ticketEventKinds.commented) {
    const { ticket, comment } = event.data as TicketCommented // the data of this kind
    const own = await steps.lookup(`${name}.isOwnComment`, port.lookups.isOwnComment, { ticket, commentId: comment.id })
    return own.kind === 'found' && own.value
  }
  if (event.kind === ticketEventKinds.updated) {
    const { actor } = event.data as TicketUpdated // the data of this kind
    if (actor === undefined) return false
    const account = await steps.lookup(`${name}.ownAccount`, port.lookups.ownAccount, undefined)
    return account.kind === 'found' && account.value.id === actor.id
  }
  return false
}
