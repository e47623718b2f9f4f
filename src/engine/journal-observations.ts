import type { Once } from '../connectors/effect.ts'
import { givenUpSuffix, pausedSuffix } from './journal.ts'
import { madeBy } from './made-by.ts'
import type { Observation } from './observation.ts'

/** A row of `sys_invocation`. */
export interface Invocation {
  id: string
  target_service_name: string
  status: string
  created_at: string
  modified_at: string
  completion_result?: string
  completion_failure?: string
}

/** A row of `sys_journal`. */
export interface Entry {
  id: string
  index: number
  entry_type: string
  name?: string
  appended_at: string
  entry_json: string
}

/** What was observed in a run, as far as its invocation and its journal tell: not its durations and its look-ups. */
export function journalObservations(invocation: Invocation, journal: readonly Entry[], generation: number): Happened[] {
  return [
    { at: invocation.created_at, observation: { kind: 'run started' } },
    ...effectsIn(journal),
    ...waitsIn(invocation, journal),
    ...endOf(invocation, generation).map((observation) => ({ at: invocation.modified_at, observation })),
  ]
}

interface FinishedStep {
  at: string
  step: string
  value: Record<string, unknown>
}

/** What was observed, and when: ISO 8601. */
export interface Happened {
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
      yield { at, observation: { ...about, result: 'done', ...howMade(effect, value.value) } }
    } else if (kind === 'again' || kind === 'refused' || kind === 'unsure') {
      const why = { code: String(value.code), reason: String(value.reason) }
      yield { at, observation: { ...about, result: kind, ...why } }
    }
  }
}

/** A search that has found nothing yet says neither. Adder 0.1.0 wrote `found again`. */
function howMade(effect: unknown, value: unknown): Pick<Extract<Observation, { kind: 'step' }>, 'effect' | 'made'> {
  if (effect === 'made' || effect === 'joined') return { effect, ...madeBy(value) }
  return effect === 'found' || effect === 'found again' ? { effect: 'found', ...madeBy(value) } : {}
}

/** The waits that have not ended, of a run that has not either. */
function waitsIn({ status }: Invocation, journal: readonly Entry[]): Happened[] {
  if (status === 'completed') return []
  return openWaits(journal).map(({ at, step, value: { wait, code, reason, subject } }) => {
    const about = { step: step.slice(0, step.lastIndexOf(' (')), wait }
    const observation: Observation =
      subject === undefined
        ? { kind: 'waiting', ...about, code: String(code), reason: String(reason) }
        : { kind: 'paused', ...about, subject: String(subject) }
    return { at, observation }
  })
}

interface OpenWait extends FinishedStep {
  value: Record<string, unknown> & { wait: string }
}

/** The records of waits, for a person or for the end of a pause, whose signal has not come. */
export function openWaits(journal: readonly Entry[]): OpenWait[] {
  const come = new Set(journal.filter(({ entry_type }) => entry_type === 'Notification: Signal').map(indexOfSignal))
  return [...finishedSteps(journal)].filter(isWait).filter(({ value: { wait } }) => !come.has(indexOfWait(wait)))
}

function isWait(step: FinishedStep): step is OpenWait {
  const { wait } = step.value
  return typeof wait === 'string' && [givenUpSuffix, pausedSuffix].some((suffix) => step.step.endsWith(suffix))
}

function indexOfSignal({ entry_json }: Entry): number | undefined {
  const { Notification } = JSON.parse(entry_json) as { Notification: { Signal: { id: { Index?: number } } } } // the engine's format
  return Notification.Signal.id.Index
}

/** A wait's id is that of its run, and then the index of its signal there in four bytes. */
function indexOfWait(wait: string): number {
  return Buffer.from(wait.slice('sign_1'.length), 'base64url').subarray(-4).readUInt32BE()
}

function endOf({ status, completion_result, completion_failure = '' }: Invocation, generation: number): Observation[] {
  if (status !== 'completed') return []
  if (completion_result === 'success') return [{ kind: 'run finished', ms: 0 }]
  // Nobody but Adder kills, and only where the next generation has taken the run's place.
  if (completion_failure === '[409] killed') return [{ kind: 'run superseded', generation: generation + 1 }]
  if (completion_failure.startsWith('[409] ')) return [{ kind: 'run cancelled' }]
  const [, code = 'run.failed', reason = completion_failure] =
    /^(?:\[\d+\] )?([\w.]+): (.*)$/s.exec(completion_failure) ?? []
  return [{ kind: 'run failed', code, reason }]
}

function isOnce(value: unknown): value is Once {
  return value === 'by key' || value === 'by marker' || value === 'by state' || value === 'at least once'
}

/** Bytes as the engine's tables list them. */
export function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('utf8')
}
