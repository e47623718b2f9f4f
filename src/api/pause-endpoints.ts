import type { Logger } from 'pino'
import * as z from 'zod'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { list, oneOf, string } from '../endpoints/fields.ts'
import { Problem } from '../endpoints/problem.ts'
import { token } from '../endpoints/token.ts'
import { EngineUnavailable } from '../engine/engine-errors.ts'
import { type PauseSubject, type Pauses, subjectText } from '../engine/pauses.ts'
import { hasRun } from '../history/has-run.ts'
import type { History } from '../history/history.ts'
import { conflict } from './problems.ts'
import { Pause, pauseSubjects } from './shapes.ts'

export interface PauseEndpointsOptions {
  /** Undefined until the engine has started. */
  pauses(): Pauses | undefined
  history: History
  automations: readonly string[]
  /** The names that steps of connectors begin with, that of the ticketing among them. */
  connectors: readonly string[]
  log: Logger
}

const Subject = z
  .strictObject({
    what: oneOf(pauseSubjects),
    name: string({ min: 1, max: 64 }).optional().describe('Of the automation or the connector.'),
  })
  .refine(({ what, name }) => (what === 'all') === (name === undefined), {
    error: 'an automation or a connector has a name, and all has none',
    path: ['name'],
  })

/** `/api/pauses`: holding back what an automation, a connector or everything would do next, and letting it go on. */
export function pauseEndpoints({ pauses, history, automations, connectors, log }: PauseEndpointsOptions): Endpoint[] {
  const tags = ['runs']

  const ls = endpoint({
    method: 'GET',
    path: '/api/pauses',
    summary: 'List what is paused, the latest first',
    tags,
    auth: token('history:read'),
    output: z.object({ items: list(Pause) }),
    run: () => ({ items: started().list() }),
  })

  const pause = endpoint({
    method: 'POST',
    path: '/api/pauses',
    summary: 'Pause an automation, a connector or everything',
    description: 'What is under way ends; no further step begins. Deliveries are accepted, and their runs wait.',
    tags,
    auth: token('runs:write'),
    body: Subject.safeExtend({ reason: string({ min: 1, max: 500 }).optional() }),
    output: Pause,
    run: async ({ body: { reason, ...subject }, caller }) => {
      await checkKnown(subject)
      const made = await started().pause({ ...subject, reason, by: caller?.name ?? '' })
      log.info({ subject: subjectText(subject), by: made.by, reason: made.reason }, 'paused')
      return made
    },
  })

  const resume = endpoint({
    method: 'POST',
    path: '/api/pauses/resume',
    summary: 'End a pause; what it has held back goes on by and by',
    tags,
    auth: token('runs:write'),
    body: Subject,
    output: Pause,
    run: async ({ body: subject, caller }) => {
      const ended = await started().resume(subject)
      if (ended === undefined) throw notPaused(subject, started().list())
      log.info({ subject: subjectText(subject), by: caller?.name ?? '', since: ended.since }, 'resumed')
      return ended
    },
  })

  return [ls, pause, resume]

  /** An automation that the project no longer has may still have runs. */
  async function checkKnown({ what, name }: PauseSubject): Promise<void> {
    if (name === undefined) return
    const known = what === 'automation' ? automations : connectors
    if (known.includes(name)) return
    if (what === 'automation' && (await history.ask((db) => hasRun(db, name)))) return
    const there = known.length === 0 ? 'There is none.' : `There are: ${known.join(', ')}.`
    throw new Problem({
      status: 404,
      code: 'pauses.unknown',
      title: 'There is nothing of this name',
      detail: `There is no ${what} "${name}". ${there}`,
    })
  }

  function started(): Pauses {
    const present = pauses()
    if (present === undefined) throw new EngineUnavailable('The engine is starting')
    return present
  }
}

function notPaused(subject: PauseSubject, paused: readonly PauseSubject[]): Problem {
  const others = paused.length === 0 ? 'Nothing is.' : `What is paused: ${paused.map(subjectText).join(', ')}.`
  return conflict({ code: 'pauses.not_paused', detail: `"${subjectText(subject)}" is not paused. ${others}` })
}
