import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { string } from '../endpoints/fields.ts'
import { token } from '../endpoints/token.ts'
import { findValue } from '../history/find-value.ts'
import type { History } from '../history/history.ts'
import { cursorOf, pageFields, pageOut } from './fields.ts'
import { Findings } from './shapes.ts'

/** `/api/find`: which events, deliveries, runs and tickets had a value. */
export function findEndpoint({ history }: { history: History }): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/find',
    summary: 'Find the events, deliveries, runs and tickets that had a value',
    description:
      'A user, a hash or another observable, or the key of a ticket; in any case, and also where it is defanged.',
    tags: ['history'],
    auth: token('history:read'),
    query: { ...pageFields, value: string({ min: 1, max: 2048 }) },
    output: Findings,
    run: async ({ query: { value, limit, after } }) =>
      pageOut(await history.ask((db) => findValue(db, value, { limit, after: cursorOf(after) }))),
  })
}
