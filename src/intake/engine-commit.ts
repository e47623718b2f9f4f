import { doubledEvent } from '../automations/doubled-tickets.ts'
import type { AdderEvent } from '../automations/event.ts'
import { type TicketCreated, ticketEventKinds } from '../automations/ticket-events.ts'
import type { Engine } from '../engine/engine.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import type { Ticketing, TicketRef } from '../tickets/ticketing.ts'
import type { Commit } from './commit-events.ts'

/**
 * How long a webhook's word of a ticket that Adder opened is held back for its run, in milliseconds. The run speaks late
 * after an outage or a pause, and would then be taken for the duplicate. Below the shortest retention, two days: what
 * the engine has forgotten would start once more.
 */
const heldBackMs = 24 * 60 * 60 * 1000

/** How long the ticketing system has to tell who made a ticket, in milliseconds: a webhook waits for its answer. */
const askForMs = 3000

export interface EngineCommitOptions {
  ticketing: Ticketing | undefined
  /** The ticket that an earlier process opened under a marker, where that is known. */
  openedUnder(marker: string): Promise<TicketRef | undefined>
  /** How long the engine is tried, in milliseconds. Default 7,000. */
  patienceMs?: number
}

/**
 * Commits events to the engine.
 *
 * A ticket that Adder opened is told of twice: by the run that opened it, with the alert that it is for, and by the
 * ticketing system's webhook, without. The run's word is the fuller one and always comes; so the webhook's only tells
 * the run that its ticket is there, and starts something by itself only where no run has spoken in the meantime.
 *
 * Copying a ticket copies its labels, so a marker is believed only of a ticket that this process opened or that the
 * ticketing system says was made under it; a copy was made by a person. Where the system doesn't say, the event is not
 * taken in, so that its webhook comes again. One that was made under the marker of another ticket is reported.
 *
 * @param present the engine; undefined until it has started.
 */
export function engineCommit(present: () => Engine<AdderEvent> | undefined, options: EngineCommitOptions): Commit {
  return async (event) => {
    const started = present()
    if (started === undefined) throw new EngineUnavailable('The engine is starting')
    const engine = { ...started, patienceMs: options.patienceMs }
    if (!isMarked(event)) return accept(engine, event)

    const opening = engine.memory.recall(event.data.marker)
    const isUnderWay = opening !== undefined && (await Promise.race([opening, undefined])) === undefined
    if (!isUnderWay) return commitMarked(engine, event, options)
    // The call's own answer tells, and its run speaks then; the webhook does not wait for it.
    void opening
      .then(() => commitMarked(engine, event, options))
      .catch(() => engine.acceptLate(event, heldBackMs))
      .catch(() => undefined)
    return { state: 'duplicate' }
  }
}

/** The engine, and how long it is tried. */
interface TriedEngine extends Pick<Engine<AdderEvent>, 'accept' | 'acceptLate' | 'memory'> {
  patienceMs: number | undefined
}

async function commitMarked(
  engine: TriedEngine,
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
  if (isOurs === undefined && ticketing !== undefined)
    throw new EngineUnavailable('The ticketing system does not say who made the ticket')
  if (isOurs && ticketing !== undefined) {
    const opened = known ?? (await openedUnder(marker).catch(() => undefined))
    if (opened === undefined || opened.id === ticket.id) engine.memory.sight(marker, ticket)
    else {
      const about = { site: ticketing.site, source: event.source, at: new Date().toISOString() }
      await accept(engine, doubledEvent({ ...about, marker, ticket: opened, other: ticket }))
    }
  }
  await engine.acceptLate(event, heldBackMs, engine.patienceMs)
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

async function accept(engine: TriedEngine, event: AdderEvent): ReturnType<Commit> {
  const { isDuplicate, isSuppressed } = await engine.accept(event, engine.patienceMs)
  if (isDuplicate) return { state: 'duplicate' }
  return { state: isSuppressed ? 'suppressed' : 'accepted' }
}

type MarkedEvent = AdderEvent<string, TicketCreated & { marker: string }>

function isMarked(event: AdderEvent): event is MarkedEvent {
  return event.kind === ticketEventKinds.created && (event.data as TicketCreated).marker !== undefined // data of this kind
}
