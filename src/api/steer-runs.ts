import type { AdderEvent } from '../automations/event.ts'
import type { Engine } from '../engine/engine.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import { eventOfRun } from '../engine/past-runs.ts'
import { pausedCode } from '../history/batch.ts'
import type { History } from '../history/history.ts'
import { recordAction } from '../history/record-action.ts'
import { type ShownRun, showRun } from '../history/show-run.ts'
import { endWaits, markCancelling } from '../history/steered-run.ts'
import { conflict, noSuch } from './problems.ts'

export interface SteeringOptions {
  history: History
  /** Undefined until it has started. */
  engine(): Engine<AdderEvent> | undefined
}

/** A run, and who wants something of it. */
export interface Steered {
  run: string
  caller: string
}

/** What people do with runs. Each throws a 404 `Problem` for an unknown run, and a 409 one where its state forbids it. */
export interface Steering {
  /** Ends the run's waits for a person: what had used up its attempts is tried again. */
  retry(steered: Steered): Promise<{ waits: number }>
  /** Ends the run at its next step. What it has made stays. */
  cancel(steered: Steered): Promise<void>
  /** Starts the run's automation for its event once more; effects that were made are found again where they can be. */
  rerun(steered: Steered): Promise<{ run: string; generation: number }>
}

/** So many generations that the history does not know of are passed over. */
const maxUnknownGenerations = 20

export function steering({ history, engine }: SteeringOptions): Steering {
  return { retry, cancel, rerun }

  async function retry({ run: id, caller }: Steered): Promise<{ waits: number }> {
    const { waits } = await shown(id)
    const open = waits.filter(({ code, endedAt }) => endedAt === undefined && code !== pausedCode)
    if (open.length === 0) throw conflict({ code: 'runs.not_waiting', detail: 'The run does not wait for a person.' })
    for (const { id: wait } of open) await started().resolveWait(wait, { action: 'try again' })
    await history.ask(async (db) => {
      await endWaits(db, id)
      await recordAction(db, { caller, action: 'retry', run: id })
    })
    return { waits: open.length }
  }

  async function cancel({ run: id, caller }: Steered): Promise<void> {
    const { state, endedAt } = await shown(id)
    if (endedAt !== undefined) throw conflict({ code: 'runs.ended', detail: `The run has ended (${state}).` })
    if (!(await started().admin.cancel(id))) throw conflict({ code: 'runs.ended', detail: 'The run has just ended.' })
    await history.ask(async (db) => {
      await markCancelling(db, id)
      await recordAction(db, { caller, action: 'cancel', run: id })
    })
  }

  async function rerun({ run: id, caller }: Steered): Promise<{ run: string; generation: number }> {
    const run = await shown(id)
    const going = [run, ...run.generations].find(({ state }) => isGoing(state))
    if (going !== undefined) {
      throw conflict({
        code: 'runs.not_ended',
        detail: `Run ${going.id} of this automation and event is ${going.state}. Cancel it first.`,
      })
    }
    const event = await eventOfRun<AdderEvent>(started().admin, id)
    if (event === undefined)
      throw conflict({ code: 'runs.event_gone', detail: 'The engine does not hold the event any more.' })
    const next = await start(run, event)
    await history.ask((db) => recordAction(db, { caller, action: 'rerun', run: id }))
    return next
  }

  async function start(run: ShownRun, event: AdderEvent): Promise<{ run: string; generation: number }> {
    const first = Math.max(run.generation, ...run.generations.map(({ generation }) => generation)) + 1
    for (let generation = first; generation < first + maxUnknownGenerations; generation += 1) {
      const begun = await started().rerun(run.automation, event, generation)
      if (!begun.isDuplicate) return { run: begun.run, generation }
    }
    throw conflict({
      code: 'runs.generations_unknown',
      detail: 'The run has had more generations than the history knows.',
    })
  }

  async function shown(id: string): Promise<ShownRun> {
    const run = await history.ask((db) => showRun(db, id))
    if (run === undefined) throw noSuch('run')
    return run
  }

  function started(): Engine<AdderEvent> {
    const present = engine()
    if (present === undefined) throw new EngineUnavailable('The engine is starting')
    return present
  }
}

function isGoing(state: string): boolean {
  return state === 'running' || state === 'waiting' || state === 'paused' || state === 'cancelling'
}
