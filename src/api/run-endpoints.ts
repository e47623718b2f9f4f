import * as z from 'zod'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { oneOf, string } from '../endpoints/fields.ts'
import { token } from '../endpoints/token.ts'
import { effectOnRerun } from '../history/effect-on-rerun.ts'
import type { History } from '../history/history.ts'
import { changedRuns, listRuns } from '../history/list-runs.ts'
import { showRun } from '../history/show-run.ts'
import { cursorOf, cursorText, idField, pageFields, pageOut, since } from './fields.ts'
import { noSuch, wholeId } from './problems.ts'
import { Run, RunChanges, RunPage, runStates } from './shapes.ts'
import type { Steering } from './steer-runs.ts'

/** `/api/runs`: what ran, how it went, what it made; and ending waits, cancelling and running again. */
export function runEndpoints({ history, steering }: { history: History; steering: Steering }): Endpoint[] {
  const read = { tags: ['history'], auth: token('history:read') }
  const write = { method: 'POST', tags: ['runs'], auth: token('runs:write'), params: { run: idField('run') } } as const

  const ls = endpoint({
    ...read,
    method: 'GET',
    path: '/api/runs',
    summary: 'List runs, those that started last first',
    query: { ...pageFields, state: oneOf(runStates).optional(), automation: string({ max: 64 }).optional(), since },
    output: RunPage,
    run: async ({ query: { limit, after, state, automation, since: from } }) =>
      pageOut(
        await history.ask((db) =>
          listRuns(db, { limit, after: cursorOf(after), state, automation, since: from?.getTime() }),
        ),
      ),
  })

  const changes = endpoint({
    ...read,
    method: 'GET',
    path: '/api/runs/changes',
    summary: 'List the runs in which something has happened since the last call',
    description: 'Without `after` it lists nothing, and `next` is the present moment.',
    query: pageFields,
    output: RunChanges,
    run: async ({ query: { limit, after } }) => {
      const from = cursorOf(after)
      if (from === undefined) return { items: [], next: cursorText({ at: Date.now(), id: '-' }) }
      const { items, next } = await history.ask((db) => changedRuns(db, { after: from, limit }))
      return { items, next: cursorText(next) }
    },
  })

  const show = endpoint({
    ...read,
    method: 'GET',
    path: '/api/runs/:run',
    summary: 'Show a run with its effects and waits',
    params: { run: idField('run') },
    output: Run,
    run: async ({ params: { run } }) => {
      const id = await wholeId(history, 'runs', run)
      const shown = await history.ask((db) => showRun(db, id))
      if (shown === undefined) throw noSuch('run')
      return { ...shown, effects: shown.effects.map((effect) => ({ ...effect, onRerun: effectOnRerun(effect) })) }
    },
  })

  const retry = endpoint({
    ...write,
    path: '/api/runs/:run/retry',
    summary: "End a run's wait for a person: try again",
    output: z.object({ run: z.string(), waits: z.int().describe('How many waits have ended.') }),
    run: async ({ params, caller }) => {
      const run = await wholeId(history, 'runs', params.run)
      return { run, ...(await steering.retry({ run, caller: caller?.name ?? '' })) }
    },
  })

  const cancel = endpoint({
    ...write,
    path: '/api/runs/:run/cancel',
    summary: 'End a run at its next step',
    description: 'What it has made stays.',
    output: z.object({ run: z.string() }),
    run: async ({ params, caller }) => {
      const run = await wholeId(history, 'runs', params.run)
      await steering.cancel({ run, caller: caller?.name ?? '' })
      return { run }
    },
  })

  const rerun = endpoint({
    ...write,
    path: '/api/runs/:run/rerun',
    summary: 'Run an automation for an event once more',
    description:
      'Effects that were made are found again where they can be: `onRerun` of each effect says so beforehand.',
    status: 202,
    output: z.object({ run: z.string().describe('The new run.'), generation: z.int() }),
    run: async ({ params, caller }) =>
      steering.rerun({ run: await wholeId(history, 'runs', params.run), caller: caller?.name ?? '' }),
  })

  return [ls, changes, show, retry, cancel, rerun]
}
