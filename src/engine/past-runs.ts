import type { Admin } from './admin.ts'
import type { EngineEvent } from './engine-event.ts'
import { type Entry, type Invocation, journalObservations, textOf } from './journal-observations.ts'
import type { Observation } from './observation.ts'
import { type EventInput, eventsService, type RunRequest, runsService } from './service-inputs.ts'

/** An event that the engine has taken in, or a run of it, as the engine's own tables have it. */
export interface PastRun<Event extends EngineEvent> {
  /** The engine's id of it. */
  id: string
  /** When the engine took it in. */
  at: Date
  event: Event
  /** The run's automation and generation; missing where it is an event that started no run of its own. */
  run?: { automation: string; generation: number }
  /** Whether it starts nothing because it was suppressed when it came. */
  isSuppressed: boolean
  /** What happened in the run, as far as its journal tells. Of an event that started no run of its own only what suppressed it. */
  happened: { at: Date; observation: Observation }[]
}

export interface PastRunsOptions<Event extends EngineEvent> {
  /** Only what has changed since this time. */
  since: Date
  /** Which of these are of no interest; their journals are not read. */
  known(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** The automations that an event starts, for an event whose run has not recorded it. */
  matching(event: Event): readonly string[]
}

const invocationsAtOnce = 2000
const journalsAtOnce = 50
const journalEntries = `'Command: Input', 'Command: Output', 'Command: Run', 'Notification: Run', 'Notification: Signal'`

/** What the engine has recorded of events and runs since a time, the oldest first. */
export async function* pastRuns<Event extends EngineEvent>(
  admin: Admin,
  { since, known, matching }: PastRunsOptions<Event>,
): AsyncGenerator<PastRun<Event>> {
  let after: { at: string; id: string } | undefined
  for (;;) {
    const invocations = await listInvocations(admin, since, after)
    const uninteresting = await known(invocations.map(({ id }) => id))
    const wanted = invocations.filter(({ id }) => !uninteresting.has(id))
    for (let first = 0; first < wanted.length; first += journalsAtOnce) {
      const some = wanted.slice(first, first + journalsAtOnce)
      const journals = await readJournals(admin, some)
      for (const invocation of some) {
        const past = pastRun<Event>(invocation, journals.get(invocation.id) ?? [], matching)
        if (past !== undefined) yield past
      }
    }
    const last = invocations.at(-1)
    if (last === undefined || invocations.length < invocationsAtOnce) return
    after = { at: last.created_at, id: last.id }
  }
}

/** The event that a run is for, or that an event's own invocation took in; undefined where the engine has it no more. */
export async function eventOfRun<Event extends EngineEvent>(admin: Admin, run: string): Promise<Event | undefined> {
  const [invocation] = await admin.query<Invocation>(`${columns} WHERE id = ${quoted(run)}`)
  if (invocation === undefined) return undefined
  const journals = await readJournals(admin, [invocation])
  return inputOf<Event>(invocation, journals.get(invocation.id) ?? [])?.event
}

const columns = `SELECT id, target_service_name, status, created_at, modified_at, completion_result, completion_failure FROM sys_invocation`

function listInvocations(admin: Admin, since: Date, after?: { at: string; id: string }): Promise<Invocation[]> {
  const isNext =
    after === undefined
      ? ''
      : `AND (created_at > '${after.at}' OR (created_at = '${after.at}' AND id > ${quoted(after.id)}))`
  return admin.query<Invocation>(
    `${columns} WHERE target_service_name IN ('${eventsService}', '${runsService}') AND target_handler_name IN ('accept', 'run') AND modified_at >= '${since.toISOString()}' ${isNext} ORDER BY created_at, id LIMIT ${invocationsAtOnce}`,
  )
}

/** The journals of these runs by their ids: what they were asked, and what their steps came to. */
export async function readJournals(
  admin: Admin,
  invocations: readonly Pick<Invocation, 'id'>[],
): Promise<Map<string, Entry[]>> {
  const ids = invocations.map(({ id }) => quoted(id)).join(', ')
  const entries = await admin.query<Entry>(
    `SELECT id, index, entry_type, name, appended_at, entry_json FROM sys_journal WHERE id IN (${ids}) AND entry_type IN (${journalEntries}) ORDER BY id, index`,
  )
  return Map.groupBy(entries, ({ id }) => id)
}

/** Ids are the engine's own; whatever is not of their form is refused, so that a query is never more than it says. */
function quoted(id: string): string {
  if (!/^\w{1,100}$/.test(id)) throw new Error('not an id of the engine')
  return `'${id}'`
}

function pastRun<Event extends EngineEvent>(
  invocation: Invocation,
  journal: readonly Entry[],
  matching: (event: Event) => readonly string[],
): PastRun<Event> | undefined {
  const input = inputOf<Event>(invocation, journal)
  if (input === undefined) return undefined
  const { event } = input
  const { id } = invocation
  const run = input.run ?? ownRun(journal, () => input.automations ?? matching(event))
  const { suppressedBy: by = [], automations } = input
  const at = new Date(invocation.created_at)
  const about = { id, at, event, isSuppressed: by.length > 0 && automations?.length === 0 }
  const suppressed = by.length === 0 ? [] : [{ at, observation: { kind: 'suppressed', event: event.id, by } as const }]
  if (run === undefined) return { ...about, happened: suppressed }
  const named = { automation: run.automation, event: event.id, run: id, generation: run.generation }
  const happened = journalObservations(invocation, journal, run.generation).map(({ at, observation }) => ({
    at: new Date(at),
    observation: { ...named, ...observation },
  }))
  return { ...about, run, happened: [...suppressed, ...happened] }
}

function inputOf<Event extends EngineEvent>(
  { target_service_name }: Invocation,
  journal: readonly Entry[],
): (EventInput<Event> & { run?: { automation: string; generation: number } }) | undefined {
  const entry = journal.find(({ entry_type }) => entry_type === 'Command: Input')
  if (entry === undefined) return undefined
  const { Command } = JSON.parse(entry.entry_json) as { Command: { Input: { payload: number[] } } } // the engine's format
  const input: unknown = JSON.parse(textOf(Command.Input.payload))
  // The two services' own inputs, which `services` writes.
  if (target_service_name === eventsService) return input as EventInput<Event>
  const { event, automation, generation } = input as RunRequest<Event>
  return { event, run: { automation, generation } }
}

/** The run that happens inside its event's own invocation, where exactly one automation matches. */
function ownRun(journal: readonly Entry[], matching: () => readonly string[]) {
  const output = journal.find(({ entry_type }) => entry_type === 'Command: Output')
  const { Success } = (output && (JSON.parse(output.entry_json) as Output).Command.Output.result) ?? {} // the engine's format
  const { matched } = Success === undefined ? { matched: matching() } : (JSON.parse(textOf(Success)) as Matched) // `accept` returns it
  const [automation] = matched
  return automation === undefined || matched.length > 1 ? undefined : { automation, generation: 0 }
}

interface Output {
  Command: { Output: { result: { Success?: number[] } } }
}

interface Matched {
  matched: readonly string[]
}
