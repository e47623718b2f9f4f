import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Automation } from './automations/automation.ts'
import type { AdderEvent } from './automations/event.ts'
import { eventFacts } from './automations/event-facts.ts'
import type { Engine } from './engine/engine.ts'
import type { Observe } from './engine/observation.ts'
import { type PastRun, pastRuns } from './engine/past-runs.ts'
import type { Programs } from './engine/services.ts'
import type { Entry } from './history/batch.ts'
import { endedRuns, knownDeliveries } from './history/filled-in.ts'
import type { Gap } from './history/gap.ts'
import { History } from './history/history.ts'
import type { HistoryStore } from './history/history-store.ts'
import type { Deliveries } from './intake/delivery.ts'
import { keptSince } from './intake/read-kept.ts'

export interface AppHistoryOptions {
  /** Where it is kept. */
  store: HistoryStore
  /** Where kept deliveries are. */
  keptFolder: string
  automations: readonly Automation[]
  retentionDays: number
  /** Whether records of what ends are sent elsewhere. */
  keepsUnsent: boolean
  log: Logger
}

/** The history, and how each part of an Adder tells it what happens. */
export interface AppHistory {
  history: History
  deliveries: Deliveries
  observe: Observe
  /** The same programs; the history is told of every event that the engine matches them with. */
  told(programs: Programs<AdderEvent>): Programs<AdderEvent>
  /** Opens the history, and begins to fill in what it lacks. The engine must have started: it owns the folder then. */
  open(engine: Engine<AdderEvent>): Promise<void>
  /** Stops to fill in, which needs the engine. */
  stopFilling(): Promise<void>
  /** Writes what it has been told, and closes. */
  close(): Promise<void>
}

const dayMs = 24 * 60 * 60 * 1000
const entriesAtOnce = 200
const firstRetryMs = 500
const lastRetryMs = 30_000
/** A fresh engine needs a moment until it can say what it has; after so long, that is worth a line. */
const silentMs = 10_000

export function appHistory({
  store,
  keptFolder,
  automations,
  retentionDays,
  keepsUnsent,
  log,
}: AppHistoryOptions): AppHistory {
  const closing = new AbortController()
  let engine: Engine<AdderEvent> | undefined
  let filling: Promise<void> = Promise.resolve()
  const history = new History({
    store,
    retentionDays,
    keepsUnsent,
    log,
    onGap: (gap) => void fillIn(async () => gap),
  })

  return {
    history,
    deliveries: { record: (delivery) => history.delivery(delivery) },
    observe: (observation) => history.observation(observation),
    told: (programs) => ({
      ...programs,
      matching: (event) => {
        history.event(event.id, () => eventFacts(event, automations))
        return programs.matching(event)
      },
    }),
    async open(started) {
      engine = started
      await history.open()
      void fillIn(() => history.gap())
    },
    async stopFilling() {
      closing.abort()
      await filling
    },
    close: () => history.close(),
  }

  /** One after the other; each goes on until it is done, because the engine, or the history, may be away for a while. */
  function fillIn(ask: () => Promise<Gap>): Promise<void> {
    filling = filling.then(async () => {
      const begunAt = Date.now()
      for (let retryMs = firstRetryMs; !closing.signal.aborted; retryMs = Math.min(retryMs * 2, lastRetryMs)) {
        try {
          const gap = await ask()
          await fillInOnce(Math.max(gap.since, Date.now() - retentionDays * dayMs))
          if (!closing.signal.aborted) await history.filledIn(gap)
          return
        } catch (error) {
          if (Date.now() - begunAt > silentMs)
            log.warn({ error: String(error) }, 'the history could not be filled in yet')
          await setTimeout(retryMs, undefined, { ref: false, signal: closing.signal }).catch(() => undefined)
        }
      }
    })
    return filling
  }

  async function fillInOnce(since: number): Promise<void> {
    const { admin } = engine ?? {}
    if (admin === undefined) return
    let entries: Entry[] = []
    let count = 0
    const write = async (more: readonly Entry[], least: number): Promise<void> => {
      entries.push(...more)
      if (entries.length < least || closing.signal.aborted) return
      await history.fillIn(entries)
      entries = []
    }
    const known = (ids: readonly string[]) => history.ask((db) => endedRuns(db, ids))
    for await (const past of pastRuns<AdderEvent>(admin, { since: new Date(since), known, matching: matchingNames })) {
      if (closing.signal.aborted) return
      count += 1
      await write(entriesOf(past), entriesAtOnce)
    }
    for await (const delivery of keptSince(keptFolder, (ids) => history.ask((db) => knownDeliveries(db, ids)))) {
      if (closing.signal.aborted) return
      await write([{ kind: 'delivery', at: Date.parse(delivery.receivedAt), delivery }], entriesAtOnce)
    }
    await write([], 1)
    if (count > 0) log.info({ runs: count }, 'the history was compared with the engine')
  }

  function entriesOf({ at, event, isSuppressed, happened }: PastRun<AdderEvent>): Entry[] {
    const facts = eventFacts(event, automations)
    return [
      ...(event.delivery === undefined ? [] : [deliveryEntry(event, { delivery: event.delivery, at, isSuppressed })]),
      { kind: 'event', at: at.getTime(), event: facts },
      ...happened.map(({ at: then, observation }): Entry => ({ kind: 'observation', at: then.getTime(), observation })),
    ]
  }

  function matchingNames(event: AdderEvent): string[] {
    return eventFacts(event, automations).verdicts.flatMap(({ automation, unmet }) =>
      unmet.length === 0 ? [automation] : [],
    )
  }
}

/** What an event that was taken in says of its delivery. */
function deliveryEntry(
  { id, kind, source }: AdderEvent,
  { delivery, at, isSuppressed }: { delivery: string; at: Date; isSuppressed: boolean },
): Entry {
  const state = isSuppressed ? 'suppressed' : 'accepted'
  const record = { id: delivery, source, receivedAt: at.toISOString(), state, events: [{ id, kind, state }] } as const
  return { kind: 'delivery', at: at.getTime(), delivery: record }
}
