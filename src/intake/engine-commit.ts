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

/**
 * Commits events to the engine.
 *
 * A ticket that Adder opened is told of twice: by the run that opened it, with the alert that it is for, and by the
 * ticketing system's webhook, without. The run's word is the fuller one and always comes; so the webhook's only tells
 * the run that its ticket is there, and starts something by itself only where no run has spoken in the meantime.
 *
 * Copying a ticket copies its labels, so a marker is believed only of a ticket that this process opened or that the
 * ticketing system says was made under it; a copy was made by a person. Where the system doesn't say, the ticket is
 * held back, and no run is told of it.
 *
 * @param present the engine; undefined until it has started.
 * @param patienceMs how long the engine is tried, in milliseconds. Default 7,000.
 */
export function engineCommit(
  present: () => Engine<AdderEvent> | undefined,
  ticketing: Ticketing | undefined,
  patienceMs?: number,
): Commit {
  return async (event) => {
    const started = present()
    if (started === undefined) throw new EngineUnavailable('The engine is starting')
    const engine = { ...started, patienceMs }
    if (!isMarked(event)) return accept(engine, event)

    const opening = engine.memory.recall(event.data.marker)
    const isUnderWay = opening !== undefined && (await Promise.race([opening, undefined])) === undefined
    if (!isUnderWay) return commitMarked(engine, event, ticketing)
    // The call's own answer tells, and its run speaks then; the webhook does not wait for it.
    void opening.then(() => commitMarked(engine, event, ticketing)).catch(() => undefined)
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
  ticketing: Ticketing | undefined,
): ReturnType<Commit> {
  const { marker, ticket, ...copied } = event.data
  const opened = await engine.memory.recall<TicketRef>(marker)
  if (opened?.kind === 'done' && opened.value.id === ticket.id) return { state: 'duplicate' }
  const isOurs = opened?.kind === 'done' ? false : await isMadeBy(ticketing, event.data)
  if (isOurs === false) return accept(engine, { ...event, data: { ticket, ...copied } })
  if (isOurs) engine.memory.sight(marker, ticket)
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
  const { isDuplicate } = await engine.accept(event, engine.patienceMs)
  return { state: isDuplicate ? 'duplicate' : 'accepted' }
}

type MarkedEvent = AdderEvent<string, TicketCreated & { marker: string }>

function isMarked(event: AdderEvent): event is MarkedEvent {
  return event.kind === ticketEventKinds.created && (event.data as TicketCreated).marker !== undefined // data of this kind
}
