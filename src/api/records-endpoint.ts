import { type Endpoint, endpoint } from '../endpoints/endpoint.ts'
import { token } from '../endpoints/token.ts'
import type { History } from '../history/history.ts'
import { recordSendingState } from '../history/record-sending.ts'
import { RecordSending } from './shapes.ts'

export interface RecordsEndpointOptions {
  history: History
  /** How people call the outside system that they go to. */
  to: string
}

/** `/api/records`: how the records of runs and deliveries get to where they are sent. */
export function recordsEndpoint({ history, to }: RecordsEndpointOptions): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/records',
    summary: 'Show whether the records of runs and deliveries are sent',
    description: 'Of all Adders that share the history. There only where the configuration has `records`.',
    tags: ['history'],
    auth: token('history:read'),
    output: RecordSending,
    run: async () => ({ to, ...(await history.ask(recordSendingState)) }),
  })
}
