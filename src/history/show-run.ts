import type { Kysely } from 'kysely'
import { findRun, type RunItem, runsOfEvents } from './list-runs.ts'
import { iso, present } from './page.ts'
import type { EffectState } from './records.ts'
import type { ActionKind, Tables } from './tables.ts'

export interface ShownEffect {
  /** `jira.comment`. */
  name: string
  /** Its identity, as the outside system keeps it. */
  marker: string
  /** How it is made once; missing where that is not recorded. */
  once?: string
  state: EffectState
  attempts: number
  /** When it was first tried, and when it last changed. */
  firstAt: string
  changedAt: string
  code?: string
  reason?: string
  /** What it made, in the outside system's own names. */
  made?: { id?: string; key?: string; url?: string }
  /** The page of what it changes. */
  about?: { key: string; url: string }
}

export interface ShownWait {
  id: string
  step: string
  code: string
  reason: string
  beganAt: string
  /** Missing while it lasts. */
  endedAt?: string
}

/** What a person did, and when. */
export interface ShownAction {
  at: string
  caller: string
  action: ActionKind
}

export interface ShownRun extends RunItem {
  /** The delivery that brought its event in; missing where a run or a call of the API did. */
  delivery?: string
  code?: string
  effects: ShownEffect[]
  waits: ShownWait[]
  actions: ShownAction[]
  /** The other runs of its automation for its event. */
  generations: { id: string; generation: number; state: string }[]
}

/** Everything about one run; undefined where there is none with this id. */
export async function showRun(db: Kysely<Tables>, id: string): Promise<ShownRun | undefined> {
  const run = await findRun(db, id)
  if (run === undefined) return undefined
  const [failure, event, siblings, effects, waits, actions] = await Promise.all([
    db.selectFrom('runs').select('code').where('id', '=', id).executeTakeFirst(),
    db.selectFrom('events').select('delivery_id').where('id', '=', run.event.id).executeTakeFirst(),
    runsOfEvents(db, [run.event.id]),
    effectsOf(db, [id]),
    waitsOf(db, id),
    actionsOn(db, { run: id }),
  ])
  return {
    ...run,
    ...present({ delivery: event?.delivery_id ?? null, code: failure?.code ?? null }),
    effects: effects.get(id) ?? [],
    waits,
    actions,
    generations: siblings
      .filter(({ automation, id: other }) => automation === run.automation && other !== id)
      .map(({ id: other, generation, state }) => ({ id: other, generation, state })),
  }
}

/** The effects of each of these runs, the first of it first. */
export async function effectsOf(db: Kysely<Tables>, ids: readonly string[]): Promise<Map<string, ShownEffect[]>> {
  const rows = await db.selectFrom('effects').selectAll().where('run_id', 'in', ids).orderBy('first_at').execute()
  const byRun = Map.groupBy(rows, ({ run_id }) => run_id)
  return new Map([...byRun].map(([run, its]) => [run, its.map(shownEffect)]))
}

function shownEffect(row: Tables['effects']): ShownEffect {
  const isMade = row.state === 'made' || row.state === 'found' || row.state === 'joined'
  const made = present({ id: row.made_id, key: row.made_key, url: row.made_url })
  return present({
    name: row.name,
    marker: row.marker,
    once: row.once,
    state: row.state,
    attempts: row.attempts,
    firstAt: iso(row.first_at),
    changedAt: iso(row.changed_at),
    // Why earlier attempts came to nothing is of no interest any more.
    code: isMade ? null : row.code,
    reason: isMade ? null : row.reason,
    made: Object.keys(made).length === 0 ? null : made,
    about: row.about_key === null || row.about_url === null ? null : { key: row.about_key, url: row.about_url },
  })
}

async function waitsOf(db: Kysely<Tables>, run: string): Promise<ShownWait[]> {
  const rows = await db.selectFrom('waits').selectAll().where('run_id', '=', run).orderBy('began_at').execute()
  return rows.map(({ id, step, code, reason, began_at, ended_at }) =>
    present({ id, step, code, reason, beganAt: iso(began_at), endedAt: ended_at === null ? null : iso(ended_at) }),
  )
}

export async function actionsOn(
  db: Kysely<Tables>,
  { run, delivery }: { run?: string; delivery?: string },
): Promise<ShownAction[]> {
  let query = db.selectFrom('actions').select(['at', 'caller', 'action']).orderBy('at')
  if (run !== undefined) query = query.where('run_id', '=', run)
  if (delivery !== undefined) query = query.where('delivery_id', '=', delivery)
  const rows = await query.execute()
  return rows.map(({ at, caller, action }) => ({ at: iso(at), caller, action }))
}
