import { doubledEvent } from '../automations/doubled-tickets.ts'
import type { AdderEvent } from '../automations/event.ts'
import { type TicketCreated, ticketEventKinds } from '../automations/ticket-events.ts'
import type { Engine } from '../engine/engine.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import type { Ticketing, TicketRef } from '../tickets/ticketing.ts'
import type { Commit } from './commit-events.ts'

/** How long a webhook's word of a ticket that Adder may have opened is held back for its run, in milliseconds. */
const heldBackMs = 120_000

/** How long the ticketing system has to tell who made a ticket, in milliseconds: a webhook waits for its answer. */
const askForMs = 3000

export interface EngineCommitOptions {
  ticketing: Ticketing | undefined
  /** The ticket that an earlier process opened under a marker, where that is known. */
  openedUnder(marker: string): Promise<TicketRef | undefined>
}

/**
 * Commits events to the engine.
 *
 * A ticket that Adder opened is told of twice: by the run that opened it, with the alert that it is for, and by the
 * ticketing system's webhook, without. The run's word is the fuller one and always comes; so the webhook's only tells
 * the run that its ticket is there, and starts something by itself only where no run has spoken in the meantime.
 *
 * Copying a ticket copies its labels, so a marker is believed only of a ticket that this process opened or that the
 * ticketing system says was made under it; a copy was made by a person. Where the system doesn't say, the ticket is
 * held back, and no run is told of it. One that was made under the marker of another ticket is reported.
 *
 * @param present the engine; undefined until it has started.
 */
export function engineCommit(present: () => Engine<AdderEvent> | undefined, options: EngineCommitOptions): Commit {
  return async (event) => {
    const engine = present()
    if (engine === undefined) throw new EngineUnavailable('The engine is starting')
    if (!isMarked(event)) return accept(engine, event)

    const opening = engine.memory.recall(event.data.marker)
    const isUnderWay = opening !== undefined && (await Promise.race([opening, undefined])) === undefined
    if (!isUnderWay) return commitMarked(engine, event, options)
    // The call's own answer tells, and its run speaks then; the webhook does not wait for it.
    void opening.then(() => commitMarked(engine, event, options)).catch(() => undefined)
    return { state: 'duplicate' }
  }
}

async function commitMarked(
  engine: Engine<AdderEvent>,
  event: MarkedEvent,
  { ticketing, openedUnder }: EngineCommitOptions,
): ReturnType<Commit> {
  const { marker, ticket, ...copied } = event.data
  const recalled = await engine.memory.recall<TicketRef>(marker)
  const known = recalled?.kind === 'done' ? recalled.value : undefined
  if (known?.id === ticket.id) return { state: 'duplicate' }
  const isOurs = await isMadeBy(ticketing, event.data)
  if (isOurs === false || (isOurs === undefined && known !== undefined))
    return accept(engine, { ...event, data: { ticket, ...copied } })
  if (isOurs && ticketing !== undefined) {
    const opened = known ?? (await openedUnder(marker).catch(() => undefined))
    if (opened === undefined || opened.id === ticket.id) engine.memory.sight(marker, ticket)
    else {
      const about = { site: ticketing.site, source: event.source, at: new Date().toISOString() }
      await accept(engine, doubledEvent({ ...about, marker, ticket: opened, other: ticket }))
    }
  }
  await engine.acceptLate(event, heldBackMs)
  return { state: 'duplicate' }
}

/** Asks the ticketing system; undefined where it does not say in time. */
async function isMadeBy(
  ticketing: Ticketing | undefined,
  { ticket, marker }: { ticket: TicketRef; marker: string },
): Promise<boolean | undefined> {
  try {
    const call = { signal: AbortSignal.timeout(askForMs) }
    const answer = await ticketing?.lookups.isMadeBy({ ticket, marker }, call)
    return answer?.kind === 'found' ? answer.value : undefined
  } catch {
    return undefined
  }
}

async function accept(engine: Engine<AdderEvent>, event: AdderEvent): ReturnType<Commit> {
  const { isDuplicate, isSuppressed } = await engine.accept(event)
  if (isDuplicate) return { state: 'duplicate' }
  return { state: isSuppressed ? 'suppressed' : 'accepted' }
}

type MarkedEvent = AdderEvent<string, TicketCreated & { marker: string }>

function isMarked(event: AdderEvent): event is MarkedEvent {
  return event.kind === ticketEventKinds.created && (event.data as TicketCreated).marker !== undefined // data of this kind
}
