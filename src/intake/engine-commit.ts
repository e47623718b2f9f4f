import type { AdderEvent } from '../automations/event.ts'
import { type TicketCreated, ticketEventKinds } from '../automations/ticket-events.ts'
import type { Engine } from '../engine/engine.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import type { TicketRef } from '../tickets/ticketing.ts'
import type { Commit } from './commit-events.ts'

/** How long a webhook's word of a ticket that Adder may have opened is held back for its run, in milliseconds. */
const heldBackMs = 120_000

/**
 * Commits events to the engine.
 *
 * A ticket that Adder opened is told of twice: by the run that opened it, with the alert that it is for, and by the
 * ticketing system's webhook, without. The run's word is the fuller one and always comes; so the webhook's only tells
 * the run that its ticket is there, and starts something by itself only where no run has spoken in the meantime.
 *
 * @param present the engine; undefined until it has started.
 */
export function engineCommit(present: () => Engine<AdderEvent> | undefined): Commit {
  return async (event) => {
    const engine = present()
    if (engine === undefined) throw new EngineUnavailable('The engine is starting')
    if (!isMarked(event)) return accept(engine, event)

    const { marker, ticket, ...copied } = event.data
    const opening = engine.memory.recall<TicketRef>(marker)
    const opened = await Promise.race([opening, undefined])
    // Copying a ticket copies its labels: this one was made by a person.
    if (opened?.kind === 'done' && opened.value.id !== ticket.id)
      return accept(engine, { ...event, data: { ticket, ...copied } })
    if (opened?.kind !== 'done') engine.memory.sight(marker, ticket)
    if (opening === undefined) await engine.acceptLate(event, heldBackMs)
    return { state: 'duplicate' }
  }
}

async function accept(engine: Engine<AdderEvent>, event: AdderEvent): ReturnType<Commit> {
  const { isDuplicate } = await engine.accept(event)
  return { state: isDuplicate ? 'duplicate' : 'accepted' }
}

function isMarked(event: AdderEvent): event is AdderEvent<string, TicketCreated & { marker: string }> {
  return event.kind === ticketEventKinds.created && (event.data as TicketCreated).marker !== undefined // data of this kind
}
