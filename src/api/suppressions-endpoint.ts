import * as z from 'zod'
import { suppressionState } from '../automations/suppressing.ts'
import type { Suppression } from '../automations/suppression.ts'
import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { list } from '../endpoints/fields.ts'
import { token } from '../endpoints/token.ts'
import { countSuppressed } from '../history/count-suppressed.ts'
import type { History } from '../history/history.ts'
import { Suppression as Shown } from './shapes.ts'

export interface SuppressionsEndpointOptions {
  history: History
  suppressions: readonly Suppression[]
}

/** `/api/suppressions`: what keeps events from starting anything, and how many it has kept. */
export function suppressionsEndpoint({ history, suppressions }: SuppressionsEndpointOptions): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/suppressions',
    summary: 'List the suppressions with how many events each has held off',
    description: 'Those of the project first; then those that it no longer has, as far as the history goes back.',
    tags: ['history'],
    auth: token('history:read'),
    output: z.object({ items: list(Shown) }),
    run: async () => {
      const counted = await history.ask(countSuppressed)
      const present = suppressions.map((suppression) => {
        const { name, reason, owner, from, until } = suppression
        const { events = 0, lastAt } = counted.find((each) => each.name === name) ?? {}
        return {
          name,
          reason,
          owner,
          from,
          until,
          state: suppressionState(suppression, Date.now()),
          events,
          lastAt,
        }
      })
      const gone = counted.filter(({ name }) => !suppressions.some((each) => each.name === name))
      return { items: [...present, ...gone.map((each) => ({ ...each, state: 'gone' as const }))] }
    },
  })
}
