import type { Once } from '../connectors/effect.ts'
import type { Admin } from './admin.ts'
import type { EngineEvent } from './engine-event.ts'
import { givenUpSuffix } from './journal.ts'
import { madeBy } from './made-by.ts'
import type { Observation } from './observation.ts'
import { eventsService, journalMismatchCode, runsService } from './services.ts'

/** An event that the engine has taken in, or a run of it, as the engine's own tables have it. */
export interface PastRun<Event extends EngineEvent> {
  /** The engine's id of it. */
  id: string
  /** When the engine took it in. */
  at: Date
  event: Event
  /** The run's automation and generation; missing where it is an event that started no run of its own. */
  run?: { automation: string; generation: number }
  /** What happened in the run, as far as its journal tells. Empty for an event that started no run of its own. */
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

interface Invocation {
  id: string
  target_service_name: string
  status: string
  created_at: string
  modified_at: string
  completion_result?: string
  completion_failure?: string
}

interface Entry {
  id: string
  index: number
  entry_type: string
  name?: string
  appended_at: string
  entry_json: string
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

async function readJournals(admin: Admin, invocations: readonly Invocation[]): Promise<Map<string, Entry[]>> {
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
  const run = input.run ?? ownRun(journal, () => matching(event))
  const about = { id, at: new Date(invocation.created_at), event }
  if (run === undefined) return { ...about, happened: [] }
  const named = { automation: run.automation, event: event.id, run: id, generation: run.generation }
  const happened = [
    { at: invocation.created_at, observation: { kind: 'run started' } as const },
    ...effectsIn(journal),
    ...waitsIn(invocation, journal),
    ...endOf(invocation, run.generation).map((observation) => ({ at: invocation.modified_at, observation })),
  ].map(({ at, observation }) => ({ at: new Date(at), observation: { ...named, ...observation } }))
  return { ...about, run, happened }
}

function inputOf<Event extends EngineEvent>(
  { target_service_name }: Invocation,
  journal: readonly Entry[],
): { event: Event; run?: { automation: string; generation: number } } | undefined {
  const entry = journal.find(({ entry_type }) => entry_type === 'Command: Input')
  if (entry === undefined) return undefined
  const { Command } = JSON.parse(entry.entry_json) as { Command: { Input: { payload: number[] } } } // the engine's format
  const input: unknown = JSON.parse(textOf(Command.Input.payload))
  // The two services' own inputs, which `services` writes.
  if (target_service_name === eventsService) return { event: input as Event }
  const { event, automation, generation } = input as { event: Event; automation: string; generation: number }
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

interface FinishedStep {
  at: string
  step: string
  value: Record<string, unknown>
}

interface Happened {
  at: string
  observation: Observation
}

/** Whatever a journal records the end of, with what it came to. */
function* finishedSteps(journal: readonly Entry[]): Generator<FinishedStep> {
  const names = new Map<number, string>()
  for (const { entry_type, name, appended_at, entry_json } of journal) {
    if (entry_type === 'Command: Run') {
      const { Command } = JSON.parse(entry_json) as { Command: { Run: { completion_id: number } } } // the engine's format
      names.set(Command.Run.completion_id, name ?? '')
    } else if (entry_type === 'Notification: Run') {
      const { Notification } = JSON.parse(entry_json) as RunNotification // the engine's format
      const { completion_id, result } = Notification.Completion.Run
      const value: unknown = result.Success === undefined ? undefined : JSON.parse(textOf(result.Success))
      if (typeof value === 'object' && value !== null)
        yield { at: appended_at, step: names.get(completion_id) ?? '', value: value as Record<string, unknown> } // an object is one
    }
  }
}

interface RunNotification {
  Notification: { Completion: { Run: { completion_id: number; result: { Success?: number[] } } } }
}

function* effectsIn(journal: readonly Entry[]): Generator<Happened> {
  for (const { at, step, value } of finishedSteps(journal)) {
    const { kind, marker, effect } = value
    if (typeof marker !== 'string') continue
    const about = { kind: 'step', step, ms: 0, marker, ...(isOnce(value.once) ? { once: value.once } : {}) } as const
    if (kind === 'done') {
      const how = effect === 'made' || effect === 'found again' ? { effect, ...madeBy(value.value) } : {}
      yield { at, observation: { ...about, result: 'done', ...how } }
    } else if (kind === 'again' || kind === 'refused' || kind === 'unsure') {
      const why = { code: String(value.code), reason: String(value.reason) }
      yield { at, observation: { ...about, result: kind, ...why } }
    }
  }
}

/** The waits for a person of a run that still waits. A wait that a person has ended has a signal in the journal. */
function waitsIn({ status }: Invocation, journal: readonly Entry[]): Happened[] {
  const ended = journal.filter(({ entry_type }) => entry_type === 'Notification: Signal').length
  const waits = [...finishedSteps(journal)].flatMap(({ at, step, value: { wait, code, reason } }): Happened[] => {
    if (typeof wait !== 'string' || !step.endsWith(givenUpSuffix)) return []
    const why = { code: String(code), reason: String(reason) }
    return [{ at, observation: { kind: 'waiting', step: step.slice(0, -givenUpSuffix.length), ...why, wait } }]
  })
  return status === 'completed' || ended >= waits.length ? [] : waits
}

function endOf({ status, completion_result, completion_failure = '' }: Invocation, generation: number): Observation[] {
  if (status !== 'completed') return []
  if (completion_result === 'success') return [{ kind: 'run finished', ms: 0 }]
  if (completion_failure.startsWith('[409] ')) return [{ kind: 'run cancelled' }]
  if (completion_failure.startsWith(`[${journalMismatchCode}] `))
    return [{ kind: 'run superseded', generation: generation + 1 }]
  const [, code = 'run.failed', reason = completion_failure] =
    /^(?:\[\d+\] )?([\w.]+): (.*)$/s.exec(completion_failure) ?? []
  return [{ kind: 'run failed', code, reason }]
}

function isOnce(value: unknown): value is Once {
  return value === 'by key' || value === 'by marker' || value === 'by state' || value === 'at least once'
}

function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('utf8')
}
