import type { Insertable } from 'kysely'
import type { EffectState, RunObservation } from './records.ts'
import type { Tables } from './tables.ts'

export type Row<Table extends keyof Tables> = Insertable<Tables[Table]>

/** A run of which nothing else is known yet. */
export function newRun(
  about: Pick<Row<'runs'>, 'id' | 'automation' | 'event_id' | 'generation' | 'started_at'>,
): Row<'runs'> {
  return {
    ...about,
    state: 'running',
    changed_at: about.started_at,
    ended_at: null,
    code: null,
    reason: null,
    trouble_step: null,
    trouble_code: null,
    trouble_reason: null,
    trouble_at: null,
  }
}

export interface FirstStep {
  run_id: string
  marker: string
  step: Extract<RunObservation, { kind: 'step' | 'intended' }>
  at: number
}

/** An effect of which no attempt has ended. */
export function newEffect({ run_id, marker, step, at }: FirstStep): Row<'effects'> {
  return {
    run_id,
    marker,
    name: step.step.replace(searchSuffix, ''),
    once: step.once ?? null,
    state: 'intended',
    attempts: 0,
    first_at: at,
    changed_at: at,
    code: null,
    reason: null,
    made_id: null,
    made_key: null,
    made_url: null,
    about_key: step.about?.key ?? null,
    about_url: step.about?.url ?? null,
  }
}

/** The steps that look for an effect, by themselves or in a group, are recorded under its name and this. */
const searchSuffix = / \((?:find|group)\)$/

/** Whether a step only looks for an effect. */
export function isSearch(step: string): boolean {
  return searchSuffix.test(step)
}

/** What a step says of its effect; nothing where a search has found nothing yet, or failed. */
export function effectState(step: Extract<RunObservation, { kind: 'step' }>): EffectState | undefined {
  if (step.result === 'done') return step.effect
  if (isSearch(step.step)) return undefined
  const states = { again: 'intended', unsure: 'unknown', refused: 'refused' } as const
  return states[step.result]
}
